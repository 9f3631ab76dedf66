using Homelab.Configuration.Yaml;

namespace Homelab.Configuration;

/// <summary>What reading the configuration came to.</summary>
/// <param name="Config">What to run with; null where there is a problem.</param>
/// <param name="Problems">All that is wrong, in the order of the file.</param>
/// <param name="File">The file that was read, or would have been; null for text.</param>
/// <param name="FileExists">Whether there was one.</param>
/// <param name="Document">What was given, without defaults, in the shape of the keys and with the place of each value.</param>
internal sealed record LoadedConfiguration(
    HomelabConfig? Config,
    IReadOnlyList<ConfigurationProblem> Problems,
    string? File,
    bool FileExists,
    YamlNode.Mapping Document)
{
    /// <summary>What is right and yet does not do what one may expect, in the order of the file.</summary>
    public IReadOnlyList<ConfigurationProblem> Warnings { get; init; } = [];
}
