using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>Reads the messages of any dialect as far as an answer depends on them.</summary>
internal static class Conversation
{
    /// <summary>All text with its roles, the last user's text, and who spoke last.</summary>
    public static (string Prompt, string LastUserText, string LastRole) Read(JsonElement messages)
    {
        var prompt = new StringBuilder();
        var (lastUser, lastRole) = ("", "user");
        foreach (var message in messages.ValueKind == JsonValueKind.Array ? messages.EnumerateArray() : default)
        {
            lastRole = message.Member("role") is { ValueKind: JsonValueKind.String } role ? role.GetString() ?? "" : "user";
            var text = TextOf(message.Member("content"));
            var isToolResult = message.Member("content") is { ValueKind: JsonValueKind.Array } parts && parts.EnumerateArray().Any(p => p.Member("type") is { ValueKind: JsonValueKind.String } t && t.ValueEquals("tool_result"));
            lastRole = isToolResult ? "tool" : lastRole;
            lastUser = lastRole == "user" ? text : lastUser;
            prompt.Append(lastRole).Append('\n').Append(text).Append('\n');
        }

        return (prompt.ToString(), lastUser, lastRole);
    }

    /// <summary>Content as a string, or as parts with texts.</summary>
    public static string TextOf(JsonElement? content) => content switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString() ?? "",
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(p =>
            p.ValueKind == JsonValueKind.String ? p.GetString() : TextOf(p.Member("text") ?? p.Member("content")))),
        _ => "",
    };

    /// <summary>Tools as OpenAI and Ollama write them (<c>function</c> inside), or flat as Anthropic and the Responses API do.</summary>
    public static ImmutableArray<(string Name, JsonElement? Schema)> Tools(JsonElement? tools)
    {
        if (tools is not { ValueKind: JsonValueKind.Array } list)
        {
            return [];
        }

        var found = ImmutableArray.CreateBuilder<(string, JsonElement?)>();
        foreach (var tool in list.EnumerateArray())
        {
            var function = tool.Member("function") ?? tool;
            if (function.Member("name") is { ValueKind: JsonValueKind.String } name && name.GetString() is { Length: > 0 } text)
            {
                found.Add((text, function.Member("parameters") ?? function.Member("input_schema")));
            }
        }

        return found.ToImmutable();
    }
}
