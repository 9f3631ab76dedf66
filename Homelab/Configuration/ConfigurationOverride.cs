namespace Homelab.Configuration;

/// <summary>One value that stands above the file's.</summary>
/// <param name="Path">The key, <c>daemon.listen</c>.</param>
/// <param name="Value">As text: lists comma-separated, lists of mappings and maps as one line of YAML.</param>
/// <param name="Source">What messages call it: a variable's name or a flag.</param>
internal sealed record ConfigurationOverride(string Path, string Value, string Source);
