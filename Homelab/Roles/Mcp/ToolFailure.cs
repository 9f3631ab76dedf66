namespace Homelab.Roles.Mcp;

/// <summary>A call cannot do what was asked. The message is for the agent: what happened, on which node, and what to do next.</summary>
internal sealed class ToolFailure(string message) : Exception(message);
