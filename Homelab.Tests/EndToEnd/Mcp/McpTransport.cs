namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>How an agent reaches <c>homelab mcp</c>.</summary>
public enum McpTransport
{
    /// <summary>Streamable HTTP with a session, as today's agents speak it.</summary>
    Streamable,

    /// <summary>Streamable HTTP of the newest protocol, without sessions.</summary>
    Stateless,

    /// <summary>The older SSE transport.</summary>
    Sse,

    /// <summary>A process that the agent starts.</summary>
    Stdio,
}
