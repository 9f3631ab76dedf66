using System.Buffers;

namespace Homelab.Domain.Models;

/// <summary>A model's canonical name, as Ollama writes it: <c>[host/][namespace/]model:tag</c>, lower case for comparison, <c>:latest</c>
/// where no tag was given, and without Ollama's own registry and its <c>library</c>. Equal names are one model; the default value is no name.
/// An app of this machine has the name <c>apps/NAME</c>, without a tag, which no model of Ollama can have.</summary>
internal readonly record struct ModelName : IComparable<ModelName>
{
    /// <summary>Longest accepted name in characters: a host of 350 and three parts of 80, as in Ollama.</summary>
    public const int MaximumLength = MaximumHost + (3 * (MaximumPart + 1));

    private const int MaximumHost = 350;
    private const int MaximumPart = 80;
    private const string DefaultHost = "registry.ollama.ai";
    private const string DefaultNamespace = "library";
    private const string DefaultTag = "latest";
    private const string Apps = "apps/";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

    private static readonly SearchValues<char> First = SearchValues.Create(Letters);
    private static readonly SearchValues<char> InNamespace = SearchValues.Create(Letters + "-");
    private static readonly SearchValues<char> InModelOrTag = SearchValues.Create(Letters + "-.");
    private static readonly SearchValues<char> InHost = SearchValues.Create(Letters + "-.:");

    private readonly string? _value;

    private ModelName(string value) => _value = value;

    /// <summary>The canonical text; empty for the default value.</summary>
    public string Value => _value ?? "";

    /// <summary>Whether it is an app's.</summary>
    public bool IsApp => Value.StartsWith(Apps, StringComparison.Ordinal) && !Value.Contains(':', StringComparison.Ordinal);

    /// <summary>The app's own name; the whole text for a model.</summary>
    public string AppName => IsApp ? Value[Apps.Length..] : Value;

    /// <summary>The name under which this machine's scheduler knows an app.</summary>
    /// <exception cref="FormatException">No app can be called so.</exception>
    public static ModelName OfApp(string app) => Parse(Apps + app);

    /// <summary>Reads a name from the network. Refuses anything outside Ollama's grammar (<c>isValidPart</c> in its <c>types/model/name.go</c>):
    /// control characters, spaces, path tricks, over-long parts; also schemes (<c>http://</c>) and digests, which nothing here needs.</summary>
    public static bool TryParse(string? text, out ModelName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaximumLength)
        {
            return false;
        }

        // As in Ollama: a colon after the last slash starts the tag; a part whose separator is there may not be empty.
        var colon = text.LastIndexOf(':');
        var hasTag = colon > text.LastIndexOf('/');
        var tag = hasTag ? text[(colon + 1)..] : DefaultTag;
        var parts = (hasTag ? text[..colon] : text).Split('/');
        var isValid = parts.Length <= 3
            && IsPart(tag, InModelOrTag, MaximumPart)
            && IsPart(parts[^1], InModelOrTag, MaximumPart)
            && (parts.Length < 2 || IsPart(parts[^2], InNamespace, MaximumPart))
            && (parts.Length < 3 || IsPart(parts[^3], InHost, MaximumHost));
        if (isValid && !hasTag && parts.Length == 2 && parts[0].Equals("apps", StringComparison.OrdinalIgnoreCase))
        {
            name = new ModelName(Apps + parts[1].ToLowerInvariant());
        }
        else if (isValid)
        {
            name = new ModelName($"{Prefix(parts)}{parts[^1]}:{tag}".ToLowerInvariant());
        }

        return isValid;
    }

    /// <summary>Reads a name that must be right (configuration already checked, an engine's own list).</summary>
    /// <exception cref="FormatException">It is not. The message holds no more than the name's beginning, and that on one line.</exception>
    public static ModelName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{Printable(text)}' is not a model name");

    public int CompareTo(ModelName other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The canonical text.</summary>
    public override string ToString() => Value;

    /// <summary>Host and namespace as Ollama shows them (<c>DisplayShortest</c>): its own registry is left out, and so is that one's library.</summary>
    private static string Prefix(string[] parts)
    {
        var isOwnRegistry = parts.Length < 3 || parts[^3].Equals(DefaultHost, StringComparison.OrdinalIgnoreCase);
        var isLibrary = parts.Length < 2 || parts[^2].Equals(DefaultNamespace, StringComparison.OrdinalIgnoreCase);
        return !isOwnRegistry ? $"{parts[^3]}/{parts[^2]}/" : isLibrary ? "" : $"{parts[^2]}/";
    }

    private static bool IsPart(string part, SearchValues<char> allowed, int longest) =>
        part.Length > 0 && part.Length <= longest && First.Contains(part[0]) && !part.AsSpan().ContainsAnyExcept(allowed);

    private static string Printable(string? text) =>
        string.Concat((text ?? "").Take(MaximumPart).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
