namespace Homelab.Tests.EndToEnd.Mcp;

/// <summary>A theory about the conformance suite against the published executable.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class McpNpmTheoryAttribute : TheoryAttribute
{
    public McpNpmTheoryAttribute() => Skip = McpNpm.SkipReason;
}
