namespace Homelab.Gateway.Transport;

/// <summary>An upstream gave no answer. What breaks off within an answer's body is an <see cref="IOException"/> of the read instead.</summary>
internal sealed class UpstreamException : Exception
{
    public UpstreamException(UpstreamFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    public UpstreamFault Fault { get; }
}
