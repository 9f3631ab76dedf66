namespace Homelab.Control;

/// <summary>Why a machine's files are not shown.</summary>
/// <param name="Code">Stable machine code; see <see cref="StatusOf"/>.</param>
/// <param name="Message">For people and agents: what, on which machine, why, and what to do.</param>
/// <param name="Param">The part of the call at fault, if one is.</param>
internal sealed record InfraProblem(string Code, string Message, string? Param = null)
{
    /// <summary>The rules of reading forbid it; asking again cannot help.</summary>
    public const string Refused = "read_refused";

    public const string NotFound = "path_not_found", RootNotFound = "root_not_found", NodeNotFound = "node_not_found", Invalid = "invalid_request";

    /// <summary>The file system did not answer in time, or failed.</summary>
    public const string Timeout = "read_timeout", Failed = "read_failed";

    /// <summary>The machine's daemon is too old to know files.</summary>
    public const string NotSupported = "not_supported";

    /// <summary>The HTTP status that goes with a code.</summary>
    public static int StatusOf(string? code) => code switch
    {
        Invalid => 400,
        Refused or "insufficient_permissions" => 403,
        NotFound or RootNotFound or NodeNotFound => 404,
        "queue_full" => 429,
        NotSupported => 501,
        Failed => 502,
        Timeout => 504,
        _ => 503,
    };

    /// <summary>Answers a call with it.</summary>
    public Task WriteAsync(HttpContext context)
    {
        if (Code is not (Timeout or Failed or "queue_full" or "capacity_timeout"))
        {
            context.Response.Headers["x-should-retry"] = "false";
        }

        return ControlReply.FailAsync(context, StatusOf(Code), Code, Message, Param);
    }
}
