namespace Homelab.Domain.Models;

/// <summary>A model's canonical name, as Ollama writes it: <c>[host/][namespace/]model:tag</c>, lower case for comparison, <c>:latest</c>
/// where no tag was given. Equal names are one model; the default value is no name.</summary>
internal readonly record struct ModelName : IComparable<ModelName>
{
    /// <summary>Longest accepted name in characters; Ollama allows 80 a part.</summary>
    public const int MaximumLength = 350;

    private readonly string? _value;

    private ModelName(string value) => _value = value;

    /// <summary>The canonical text; empty for the default value.</summary>
    public string Value => _value ?? "";

    /// <summary>Reads a name from the network. Refuses anything outside Ollama's grammar: control characters, spaces, path tricks, over-long parts.</summary>
    public static bool TryParse(string? text, out ModelName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaximumLength)
        {
            return false;
        }

        var slash = text.LastIndexOf('/');
        var colon = text.IndexOf(':', slash + 1);
        var model = colon < 0 ? text.AsSpan(slash + 1) : text.AsSpan(slash + 1, colon - slash - 1);
        var tag = colon < 0 ? "latest" : text.AsSpan(colon + 1);
        if (!IsPart(model) || !IsPart(tag))
        {
            return false;
        }

        if (slash >= 0)
        {
            var parts = 0;
            foreach (var range in text.AsSpan(0, slash).Split('/'))
            {
                parts++;
                if (!IsHostOrPart(text.AsSpan(range)) || parts > 2)
                {
                    return false;
                }
            }
        }

        name = new ModelName((colon < 0 ? text + ":latest" : text).ToLowerInvariant());
        return true;
    }

    /// <summary>Reads a name that must be right (configuration already checked, an engine's own list).</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static ModelName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not a model name");

    public int CompareTo(ModelName other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The canonical text.</summary>
    public override string ToString() => Value;

    private static bool IsPart(ReadOnlySpan<char> part)
    {
        if (part.Length is 0 or > 80 || !(char.IsAsciiLetterOrDigit(part[0]) || part[0] == '_'))
        {
            return false;
        }

        foreach (var c in part)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsHostOrPart(ReadOnlySpan<char> part)
    {
        var colon = part.IndexOf(':');
        return colon < 0 ? IsPart(part) : IsPart(part[..colon]) && ushort.TryParse(part[(colon + 1)..], out _);
    }
}
