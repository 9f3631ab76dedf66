namespace Homelab.Gateway.Transport;

/// <summary>How the end of an answer's body is told (RFC 9112, section 6.3).</summary>
internal enum BodyFraming
{
    /// <summary>By <c>Content-Length</c>; without a body that is 0.</summary>
    Length,

    /// <summary>By the chunk of length 0.</summary>
    Chunked,

    /// <summary>By the end of the connection.</summary>
    UntilClose,
}
