using Homelab.Contracts;
using Homelab.Gateway;
using Homelab.Gateway.Transport;
using Homelab.Roles.Daemon;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>A link to a hub that is whatever the test says. Its upstream leads nowhere.</summary>
internal sealed class FakeHub : IHubDelegate, IDisposable
{
    private readonly UpstreamPool _pool = new(new Uri("http://192.168.1.10:42421"), TimeProvider.System);

    public FakeHub() => Upstream = new Upstream("192.168.1.10:42421", _pool, false, "homelab", "hub") { Credential = "hl_node_secret" };

    public string Address => "192.168.1.10:42421";

    public HubState State { get; set; } = HubState.Connected;

    public string? Problem { get; set; }

    public Upstream? Upstream { get; set; }

    public ClusterModels Models { get; set; } = ClusterModels.Unknown;

    /// <summary>The cluster's list as this machine's hub tells it: each model on one other node, or on this one where it says <c>here</c>.</summary>
    public void List(params (string Name, string State)[] models) => Models = ClusterModels.From(
        models.Select(m => new ModelWire(m.Name, m.State == "here" ? "on_disk" : m.State, 4096, [new ModelNodeWire(m.State == "here" ? "laptop-id" : "big-id", m.State == "here" ? "on_disk" : m.State, m.State == "hot" ? 3L << 30 : 0)], m.Name == "huge:70b" ? ["genius"] : [], Context: 8192)),
        "laptop-id");

    public void Dispose() => _pool.Dispose();
}
