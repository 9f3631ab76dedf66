namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>A fact about the JavaScript client against the published executable.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class McpNpmFactAttribute : FactAttribute
{
    public McpNpmFactAttribute() => Skip = McpNpm.SkipReason;
}
