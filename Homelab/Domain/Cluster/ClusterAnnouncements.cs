namespace Homelab.Domain.Cluster;

/// <summary>The types of event that a hub announces.</summary>
internal static class ClusterAnnouncements
{
    public static readonly string NodeJoined = "node.joined";
    public static readonly string NodeLive = "node.live";
    public static readonly string NodeSuspect = "node.suspect";
    public static readonly string NodeLost = "node.lost";
    public static readonly string NodeLeft = "node.left";
    public static readonly string NodeDraining = "node.draining";
    public static readonly string NodeResumed = "node.resumed";
    public static readonly string NodeRemoved = "node.removed";
    public static readonly string ModelState = "model.state";
    public static readonly string PlacementLoad = "placement.load";
    public static readonly string PlacementFailed = "placement.failed";
    public static readonly string Thrash = "thrash";
    public static readonly string CutOff = "hub.cut_off";
    public static readonly string Restored = "hub.restored";
    public static readonly string AliasSet = "alias.set";
    public static readonly string AliasRemoved = "alias.removed";
}
