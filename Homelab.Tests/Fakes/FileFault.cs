namespace Homelab.Tests.Fakes;

/// <summary>What a file server does wrong in one answer.</summary>
internal sealed record FileFault
{
    /// <summary>Answers with this status and nothing else.</summary>
    public int? Status { get; init; }

    public string? RetryAfter { get; init; }

    /// <summary>Answers with a redirect to here.</summary>
    public string? Redirect { get; init; }

    /// <summary>Closes the connection after so many bytes of the body.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Goes silent after so many bytes of the body, until the client leaves.</summary>
    public int? StallAfter { get; init; }

    /// <summary>Added to what it says about the part's first byte.</summary>
    public int RangeShift { get; init; }

    /// <summary>Added to what it announces as length; without one that is a fault of its own.</summary>
    public int LengthShift { get; init; }

    /// <summary>Sends so many bytes more than it says in Content-Range, without a Content-Length.</summary>
    public int Surplus { get; init; }

    public string? ContentEncoding { get; init; }
}
