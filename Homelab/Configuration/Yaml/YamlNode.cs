namespace Homelab.Configuration.Yaml;

/// <summary>A piece of YAML that remembers where it was written. Bounded in size and depth by <see cref="YamlReader"/>.</summary>
internal abstract record YamlNode(SourcePosition Position)
{
    /// <summary>Text, a number, true or false, or nothing.</summary>
    /// <param name="Position">Where the value starts.</param>
    /// <param name="Written">As the user wrote it, with references; this may be shown where the key is no secret.</param>
    /// <param name="Text">With references replaced; this may not be shown where it differs from <paramref name="Written"/>.</param>
    /// <param name="Plain">Written without quotes.</param>
    internal sealed record Scalar(SourcePosition Position, string Written, string Text, bool Plain) : YamlNode(Position)
    {
        public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL" && !IsReference;

        /// <summary>Whether the text, or a part of it, came from somewhere else.</summary>
        public bool IsReference => Written.Contains("${", StringComparison.Ordinal);
    }

    /// <summary>A list.</summary>
    internal sealed record Sequence(SourcePosition Position, IReadOnlyList<YamlNode> Items) : YamlNode(Position);

    /// <summary>Keys and values; no key occurs twice.</summary>
    internal sealed record Mapping(SourcePosition Position, IReadOnlyList<Entry> Entries) : YamlNode(Position)
    {
        public YamlNode? this[string key] => Entries.FirstOrDefault(e => e.Key == key)?.Value;

        /// <summary>The same with one value more or another.</summary>
        public Mapping With(Entry entry)
        {
            var entries = Entries.ToList();
            var index = entries.FindIndex(e => e.Key == entry.Key);
            if (index < 0)
            {
                entries.Add(entry);
            }
            else
            {
                entries[index] = entry;
            }

            return this with { Entries = entries };
        }
    }

    /// <summary>One key with its value.</summary>
    /// <param name="Position">Where the key starts.</param>
    internal sealed record Entry(SourcePosition Position, string Key, YamlNode Value);
}
