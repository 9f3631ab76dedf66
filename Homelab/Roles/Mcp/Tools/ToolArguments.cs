using System.Text.Json;
using Homelab.Telemetry;

namespace Homelab.Roles.Mcp.Tools;

/// <summary>The arguments of one call, held to what the tool takes. Every complaint says what would be right.</summary>
internal sealed class ToolArguments(IDictionary<string, JsonElement>? given)
{
    /// <summary>Longest name of a model, node or root.</summary>
    public const int LongestName = 256;

    private readonly IDictionary<string, JsonElement> _given = given ?? new Dictionary<string, JsonElement>();

    /// <summary>Refuses arguments that the tool does not have: one misspelt would otherwise be left out without a word.</summary>
    public void AllowOnly(IReadOnlyList<string> known)
    {
        foreach (var name in _given.Keys)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                throw new ToolFailure(known.Count == 0
                    ? $"there is no argument '{Printable.OneLine(name, 50)}': this tool takes none"
                    : $"there is no argument '{Printable.OneLine(name, 50)}': this tool takes {string.Join(", ", known)}");
            }
        }
    }

    /// <summary>A text that must be there.</summary>
    public string Text(string name, int longest = LongestName) =>
        OptionalText(name, longest) ?? throw new ToolFailure($"'{name}' is missing");

    /// <summary>A text; null where it is not there, null or empty.</summary>
    public string? OptionalText(string name, int longest = LongestName)
    {
        if (!_given.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw new ToolFailure($"'{name}' must be a text");
        }

        var text = value.GetString()!;
        if (text.Length > longest)
        {
            throw new ToolFailure($"'{name}' is longer than {longest} characters");
        }

        return text.Any(char.IsControl) ? throw new ToolFailure($"'{name}' holds a control character") : text.Length == 0 ? null : text;
    }

    /// <summary>A whole number; null where it is not there.</summary>
    public long? OptionalNumber(string name)
    {
        if (!_given.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : throw new ToolFailure($"'{name}' must be a whole number");
    }
}
