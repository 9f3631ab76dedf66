using Homelab.Domain.Nodes;
using Homelab.Gateway;

namespace Homelab.Roles.Hub;

/// <summary>One request that counts as under way at a node, from the decision until it is returned.</summary>
/// <param name="node">Where it goes.</param>
/// <param name="upstream">How.</param>
/// <param name="straight">Whether it goes to the engine without passing its daemon.</param>
/// <param name="counter">Where it is counted, which it is already.</param>
/// <param name="desk">Told when an exposed engine's leases change.</param>
internal sealed class Dispatch(NodeSnapshot node, Upstream upstream, bool straight, DispatchCounter counter, BeatDesk desk) : IDisposable
{
    private int _returned;

    public NodeSnapshot Node => node;

    public Upstream Upstream => upstream;

    public bool Straight => straight;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0 && counter.Return(straight))
        {
            desk.LeasesChanged(node.Id);
        }
    }
}
