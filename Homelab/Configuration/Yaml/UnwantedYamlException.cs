namespace Homelab.Configuration.Yaml;

/// <summary>Valid YAML that a configuration may not use; stays inside <see cref="YamlReader"/>.</summary>
#pragma warning disable CA1064, CA1032 // Never leaves the reader, so it needs neither a public face nor further constructors.
internal sealed class UnwantedYamlException(SourcePosition position, string message) : Exception(message)
#pragma warning restore CA1064, CA1032
{
    public SourcePosition Position { get; } = position;
}
