using System.Collections.Immutable;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Roles.Hub;

/// <summary>One model of the cluster: the fold of its nodes.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="Nodes">The nodes that have it on disk or in memory and count, by name.</param>
/// <param name="Aliases">Other names that lead to it.</param>
internal sealed record ClusterModelEntry(ModelName Name, ImmutableArray<NodeSnapshot> Nodes, ImmutableArray<string> Aliases)
{
    /// <summary>Any node's words for it, the engine's own list entry; default where no engine has one.</summary>
    public JsonElement EngineEntry { get; init; }

    /// <summary>Where it stands: the best that any node says.</summary>
    public string State => Nodes.Select(n => StateOn(n, Name)).MinBy(Rank) ?? "absent";

    /// <summary>A replica in memory; null where there is none.</summary>
    public NodeReplica? Hot => Nodes.Select(n => n.Find(Name)).FirstOrDefault(static r => r is { IsHot: true });

    /// <summary>The largest that any node has on disk.</summary>
    public long SizeBytes => Nodes.Select(n => n.Inventory.Models.GetValueOrDefault(Name)?.Size.Bytes ?? 0).DefaultIfEmpty(0).Max();

    /// <summary>Whether every node that has it makes its answers up.</summary>
    public bool Simulated => !IsApp && Nodes.All(static n => n.Simulated);

    /// <summary>Whether it is an app's on every node that has it.</summary>
    public bool IsApp => Name.IsApp || Nodes.All(n => n.Inventory.Models.GetValueOrDefault(Name)?.App is not null);

    /// <summary>The name that clients are shown: an app's model as its manifest spells it.</summary>
    public string ListedAs => IsApp ? Nodes.Select(n => n.Inventory.Models.GetValueOrDefault(Name)?.App?.Spelling).FirstOrDefault(static s => s is not null) ?? Name.Value : Name.Value;

    /// <summary>Where it stands on one node, in the control API's words.</summary>
    public static string StateOn(NodeSnapshot node, ModelName model) => node.Find(model) switch
    {
        { IsHot: true } => "hot",
        { State: ModelState.Loading } => "loading",
        { State: ModelState.Unloading } => "unloading",
        _ => node.Inventory.Models.GetValueOrDefault(model) switch
        {
            null => "absent",
            { Failure: not null } => "failed",
            _ => "on_disk",
        },
    };

    private static int Rank(string state) => state switch
    {
        "hot" => 0,
        "loading" => 1,
        "unloading" => 2,
        "on_disk" => 3,
        "failed" => 4,
        _ => 5,
    };
}
