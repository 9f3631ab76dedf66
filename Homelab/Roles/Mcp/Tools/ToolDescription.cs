using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>What agents are told of a tool.</summary>
/// <param name="Name">As in its interface.</param>
/// <param name="Title">For people.</param>
/// <param name="Text">When to use it and what it gives.</param>
/// <param name="Input">JSON Schema of its arguments.</param>
/// <param name="Output">JSON Schema of its structured answer.</param>
internal sealed record ToolDescription(string Name, string Title, string Text, string Input, string Output)
{
    /// <summary>Whether it changes anything; otherwise it only reads.</summary>
    public bool Changes { get; init; }

    /// <summary>Whether the change may take something from others.</summary>
    public bool Destroys { get; init; }

    /// <summary>The flag of <c>homelab keys add</c> for a key that may do it.</summary>
    public string KeyFlag { get; init; } = "--admin";

    /// <summary>Names of its arguments.</summary>
    public IEnumerable<string> Arguments => JsonElement.Parse(Input).GetProperty("properties").EnumerateObject().Select(static p => p.Name);

    public Tool ToTool() => new()
    {
        Name = Name,
        Title = Title,
        Description = Text,
        InputSchema = JsonElement.Parse(Input),
        OutputSchema = JsonElement.Parse(Output),
        // Every tool is idempotent: what is loaded already stays so, and the same for the rest. The cluster is a closed world.
        Annotations = new ToolAnnotations { Title = Title, ReadOnlyHint = !Changes, DestructiveHint = Changes && Destroys, IdempotentHint = true, OpenWorldHint = false },
    };
}
