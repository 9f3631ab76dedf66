using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Homelab.Tests.Architecture;

/// <summary>The folder graph of Homelab/, in one table: a folder imports only what its row names.</summary>
public sealed class LayeringTests
{
    private const string Core = "Domain.*";

    private static readonly Dictionary<string, string[]> MayImport = new()
    {
        ["Domain.Models"] = [],
        ["Domain.Memory"] = ["Domain.Models"],
        ["Domain.Residency"] = ["Domain.Models", "Domain.Memory"],
        ["Domain.Nodes"] = ["Domain.Models", "Domain.Memory", "Domain.Residency"],
        ["Domain.Placement"] = ["Domain.Models", "Domain.Memory", "Domain.Residency", "Domain.Nodes"],
        ["Domain.Cluster"] = ["Domain.Models", "Domain.Memory", "Domain.Residency", "Domain.Nodes", "Domain.Placement"],
        ["Contracts"] = [],
        ["Telemetry"] = [],
        ["Persistence"] = ["Telemetry"],
        ["Processes"] = ["Telemetry"],
        ["Clients"] = ["Contracts", "Telemetry"],
        ["Configuration"] = [Core],
        ["Hardware"] = [Core, "Telemetry"],
        ["Engines"] = [Core, "Configuration", "Processes", "Telemetry"],
        ["Apps"] = [Core, "Configuration", "Persistence", "Processes", "Telemetry"],
        ["Gateway"] = [Core, "Contracts", "Telemetry"],
        ["Control"] = [Core, "Configuration", "Contracts", "Gateway", "Persistence", "Telemetry"],
        ["Roles.Daemon"] = [Core, "Clients", "Configuration", "Contracts", "Control", "Engines", "Gateway", "Hardware", "Persistence", "Telemetry"],
        ["Roles.Hub"] = [Core, "Clients", "Configuration", "Contracts", "Control", "Gateway", "Persistence", "Telemetry"],
        ["Roles.Mcp"] = ["Clients", "Configuration", "Contracts", "Control", "Gateway", "Telemetry"],
        ["Cli"] = [Core, "Control", "Telemetry", "Roles.*", "Clients", "Configuration", "Contracts", "Hardware", "Engines"],
    };

    private static readonly ArchUnitNET.Domain.Architecture Code =
        new ArchLoader().LoadAssemblies(System.Reflection.Assembly.Load("homelab")).Build();

    [Fact]
    public void Folders_import_only_what_the_table_allows() => AssertNone(
        from type in Code.Types
        let importer = Folder(type)
        where importer is not null
        from target in type.Dependencies.Select(d => d.Target)
        let imported = Folder(target)
        where imported is not null && imported != importer && !Allows(importer, imported)
        select $"{importer} -> {imported}: {type.FullName} uses {target.FullName}");

    [Fact]
    public void Every_folder_has_a_row() =>
        AssertNone(Code.Types.Select(Folder).OfType<string>().Except(MayImport.Keys));

    [Fact]
    public void Every_row_has_a_folder() =>
        AssertNone(MayImport.Keys.Except(Code.Types.Select(Folder).OfType<string>()));

    [Fact]
    public void The_table_has_no_cycle()
    {
        var placed = new HashSet<string>();
        while (MayImport.Keys.FirstOrDefault(f => !placed.Contains(f) && MayImport.Keys.All(t => t == f || placed.Contains(t) || !Allows(f, t))) is { } next)
        {
            placed.Add(next);
        }

        AssertNone(MayImport.Keys.Except(placed));
    }

    [Fact]
    public void Domain_does_no_io_reads_no_clock_and_knows_no_framework()
    {
        string[] impure = ["System.IO.", "System.Net.", "System.Threading.", "System.TimeProvider", "System.Diagnostics.Process", "Microsoft."];
        AssertNone(
            from type in Code.Types
            where Folder(type)?.StartsWith("Domain.", StringComparison.Ordinal) == true
            from target in type.Dependencies.Select(d => d.Target.FullName)
            where impure.Any(p => target.StartsWith(p, StringComparison.Ordinal))
            select $"{type.FullName} uses {target}");
    }

    private static void AssertNone(IEnumerable<string> offenders)
    {
        var all = offenders.Distinct().Order().ToList();
        if (all.Count > 0)
        {
            Assert.Fail(string.Join('\n', all));
        }
    }

    private static bool Allows(string importer, string imported) =>
        MayImport.TryGetValue(importer, out var row) && row.Any(r => r == imported || (r.EndsWith(".*", StringComparison.Ordinal) && imported.StartsWith(r[..^1], StringComparison.Ordinal)));

    /// <summary>"Domain.Placement" for Homelab.Domain.Placement.Scoring.X; null outside the assembly, for Program and for type parameters,
    /// which ArchUnitNET takes for one and the same where two generated types declare methods of one signature.</summary>
    private static string? Folder(IType type) => (type is GenericParameter ? null : type.Namespace)?.FullName.Split('.') switch
    {
        ["Homelab", "Domain" or "Roles", _, ..] parts => $"{parts[1]}.{parts[2]}",
        ["Homelab", var first, ..] => first,
        _ => null,
    };
}
