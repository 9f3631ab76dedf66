using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>Makes what a tool answers: facts for programs and a short text for everybody else.</summary>
internal static class ToolAnswer
{
    public static CallToolResult Of<T>(T facts, JsonTypeInfo<T> type, string text) => new()
    {
        StructuredContent = JsonSerializer.SerializeToElement(facts, type),
        Content = [new TextContentBlock { Text = text }],
    };

    /// <summary>A failure that the agent sees and can act on; a protocol error would be the client program's to handle.</summary>
    public static CallToolResult Failed(string message) => new() { IsError = true, Content = [new TextContentBlock { Text = message }] };
}
