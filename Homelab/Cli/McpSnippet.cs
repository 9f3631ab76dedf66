using System.Buffers;
using System.Text.Json;
using Homelab.Configuration.Output;

namespace Homelab.Cli;

/// <summary>What a user pastes into an agent's configuration so that it finds <c>homelab mcp</c>. The forms are those of the agents' own documentation:
/// cursor.com/docs/mcp, modelcontextprotocol.io (Claude Desktop), goose's config-files guide and continue.dev's config.yaml reference.</summary>
/// <param name="Url">Of the server's Streamable HTTP endpoint.</param>
/// <param name="NeedsKey">Whether it asks agents for a key.</param>
/// <param name="Command">Program and arguments that serve the agent over its own input and output; empty: it calls the address.</param>
internal sealed record McpSnippet(Uri Url, bool NeedsKey, IReadOnlyList<string> Command)
{
    /// <summary>The agents that there is a form for.</summary>
    public static readonly string[] Agents = ["cursor", "claude-desktop", "goose", "continue"];

    private const string Placeholder = "Bearer YOUR_MCP_KEY";

    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-");

    private bool IsProcess => Command.Count > 0;

    /// <summary>Where it belongs.</summary>
    public static string FileOf(string agent) => agent switch
    {
        "cursor" => "~/.cursor/mcp.json (every project) or .cursor/mcp.json (one project)",
        "claude-desktop" => "claude_desktop_config.json (in Claude Desktop: Settings, Developer, Edit Config)",
        "goose" => "~/.config/goose/config.yaml (Windows: %APPDATA%\\Block\\goose\\config\\config.yaml)",
        _ => "~/.continue/config.yaml",
    };

    /// <summary>The text, without a line break at its end.</summary>
    public string For(string agent) => agent switch
    {
        "cursor" => Json("Bearer ${env:HOMELAB_MCP_KEY}"),
        "claude-desktop" => Json(Placeholder),
        "goose" => Goose(),
        _ => Continue(),
    };

    private static string Plain(string text) =>
        text.Length > 0 && text.AsSpan().IndexOfAnyExcept(PlainCharacters) < 0 && text[0] is not '-' and not '.' && !char.IsAsciiDigit(text[0])
            ? text
            : "\"" + JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping) + "\"";

    private string Json(string authorization) => IndentedJson.Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("mcpServers");
        json.WriteStartObject("homelab");
        if (IsProcess)
        {
            json.WriteString("command", Command[0]);
            json.WriteStartArray("args");
            foreach (var argument in Command.Skip(1))
            {
                json.WriteStringValue(argument);
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteString("url", Url.ToString());
            if (NeedsKey)
            {
                json.WriteStartObject("headers");
                json.WriteString("Authorization", authorization);
                json.WriteEndObject();
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }).TrimEnd();

    private string Goose() => string.Join('\n', (string[])
    [
        "extensions:",
        "  homelab:",
        "    enabled: true",
        $"    type: {(IsProcess ? "stdio" : "streamable_http")}",
        "    name: homelab",
        "    description: The homelab cluster as tools",
        .. IsProcess
            ? (string[])[$"    cmd: {Plain(Command[0])}", "    args:", .. Command.Skip(1).Select(static a => $"      - {Plain(a)}")]
            : [$"    uri: {Plain(Url.ToString())}", .. NeedsKey ? (string[])["    headers:", $"      Authorization: {Plain(Placeholder)}"] : []],
        // Goose's own limit is five minutes; a large model from a slow disk takes longer.
        "    timeout: 600",
    ]);

    private string Continue() => string.Join('\n', (string[])
    [
        "mcpServers:",
        "  - name: homelab",
        $"    type: {(IsProcess ? "stdio" : "streamable-http")}",
        .. IsProcess
            ? (string[])[$"    command: {Plain(Command[0])}", "    args:", .. Command.Skip(1).Select(static a => $"      - {Plain(a)}")]
            : [$"    url: {Plain(Url.ToString())}", .. NeedsKey ? (string[])["    requestOptions:", "      headers:", $"        Authorization: {Plain(Placeholder)}"] : []],
    ]);
}
