using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>A folder that this machine's configuration opened.</summary>
/// <param name="Name">What callers call it.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Include">Patterns as they were written.</param>
internal sealed record InfraRoot(string Name, string Path, IReadOnlyList<string> Include)
{
    private readonly IReadOnlyList<FilePattern> _patterns = [.. Include.Select(p => new FilePattern(p, ignoreCase: !OperatingSystem.IsLinux()))];

    public InfraRootWire Wire => new(Name, Path, Include);

    /// <summary>The configured roots, in their order.</summary>
    public static IReadOnlyList<InfraRoot> Of(InfraConfig config) => [.. config.Roots.Select(r => new InfraRoot(r.Name, UserPath.Expand(r.Path), [.. r.Include]))];

    /// <summary>Whether a file is one that may be read.</summary>
    public bool Includes(IReadOnlyList<string> way) => _patterns.Any(p => p.Matches(way));

    /// <summary>Names are told apart as the configuration tells them apart.</summary>
    /// <exception cref="InfraException">There is no such root.</exception>
    public static InfraRoot Find(IReadOnlyList<InfraRoot> roots, string? name, string node) =>
        roots.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InfraException(new InfraProblem(
            InfraProblem.RootNotFound,
            roots.Count == 0
                ? $"{node} shows no files: its configuration opens no folder; add one to infra.roots in the homelab.yaml of {node}"
                : $"{node} has no root '{Telemetry.Printable.OneLine(name ?? "", 64)}'; it has {string.Join(", ", roots.Select(r => r.Name))}",
            "root"));
}
