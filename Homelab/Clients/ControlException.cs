using System.Net;

namespace Homelab.Clients;

/// <summary>A call of the control API did not work. The message is for people, names the address, and holds no control characters and no secret.</summary>
internal sealed class ControlException : Exception
{
    public const int Failed = 1;
    public const int NobodyAnswers = 69;
    public const int NotAllowed = 77;

    public ControlException(string message, int exitCode, string? code = null, HttpStatusCode? status = null, Exception? inner = null)
        : base(message, inner)
    {
        ExitCode = exitCode;
        Code = code;
        Status = status;
    }

    /// <summary>What a command that ends by this returns: <see cref="Failed"/>, <see cref="NobodyAnswers"/> or <see cref="NotAllowed"/>.</summary>
    public int ExitCode { get; }

    /// <summary>The server's <c>error.code</c>; null where it sent none.</summary>
    public string? Code { get; }

    /// <summary>The HTTP status; null where there was no answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Whether asking again later may help: nobody answered, or the server said so with a 5xx.</summary>
    public bool IsTransient => ExitCode == NobodyAnswers || (int?)Status >= 500;
}
