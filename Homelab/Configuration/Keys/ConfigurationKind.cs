namespace Homelab.Configuration.Keys;

/// <summary>What kind of value a key takes.</summary>
internal enum ConfigurationKind
{
    /// <summary>A mapping with known keys.</summary>
    Section,

    /// <summary>A list of mappings with known keys.</summary>
    SectionList,

    /// <summary>A mapping from any name to a text.</summary>
    TextMap,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A list of texts.</summary>
    TextList,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A length of time.</summary>
    Duration,

    /// <summary>A number of bytes.</summary>
    Size,

    /// <summary>One of a few words.</summary>
    Choice,
}
