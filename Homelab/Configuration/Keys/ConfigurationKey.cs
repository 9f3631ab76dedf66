namespace Homelab.Configuration.Keys;

/// <summary>All that is known of one key of <c>homelab.yaml</c>: what it means, takes and defaults to. Checks, overrides, the schema,
/// <c>config show</c> and the example are made from it.</summary>
/// <param name="Name">As in the file.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Doc">What it does, in the user's terms, one or two sentences.</param>
internal sealed record ConfigurationKey(string Name, ConfigurationKind Kind, string Doc)
{
    /// <summary>The default as one would write it on one line of YAML; null: not set.</summary>
    public string? Default { get; init; }

    /// <summary>What the example shows where there is no default.</summary>
    public string? Example { get; init; }

    /// <summary>What happens where it is not set and has no default.</summary>
    public string? Unset { get; init; }

    /// <summary>Why it does nothing in this version, as the end of a sentence; null: it does what <see cref="Doc"/> says. Holds for all below it.</summary>
    public string? Unused { get; init; }

    /// <summary>Never shown, in no message.</summary>
    public bool Secret { get; init; }

    /// <summary>An entry without it makes no sense.</summary>
    public bool Required { get; init; }

    /// <summary>One text may stand for a list of one.</summary>
    public bool OneOrMany { get; init; }

    /// <summary>A word that may stand for the whole section with nothing set: <c>sqlite</c>.</summary>
    public string? Word { get; init; }

    /// <summary>Smallest value: of a number, in seconds, or in bytes.</summary>
    public double? Minimum { get; init; }

    /// <summary>Largest value: of a number, in seconds, or in bytes.</summary>
    public double? Maximum { get; init; }

    /// <summary>What a text, or each of a list, must look like.</summary>
    public TextFormat Format { get; init; } = TextFormat.Any;

    /// <summary>The words that a choice is between.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The keys of a section or of each entry of a list of sections.</summary>
    public IReadOnlyList<ConfigurationKey> Children { get; init; } = [];

    /// <summary>Whether it takes a value itself, so that an environment variable can give it.</summary>
    public bool TakesValue => Kind != ConfigurationKind.Section || Word is not null;

    /// <summary>The child of that name.</summary>
    public ConfigurationKey? Child(string name) => Children.FirstOrDefault(c => c.Name == name);
}
