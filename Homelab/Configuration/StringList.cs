namespace Homelab.Configuration;

/// <summary>A list that may also be written as one plain value.</summary>
internal sealed class StringList : List<string>;
