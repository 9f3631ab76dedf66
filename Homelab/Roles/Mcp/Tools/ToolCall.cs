namespace Homelab.Roles.Mcp.Tools;

/// <summary>One call of a tool.</summary>
/// <param name="Arguments">What it was given.</param>
/// <param name="Progress">Told how far it is.</param>
internal sealed record ToolCall(ToolArguments Arguments, ToolProgress Progress);
