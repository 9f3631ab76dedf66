using Homelab.Gateway;

namespace Homelab.Tests.Gateway;

/// <summary>A lease that counts itself back.</summary>
internal sealed class FakeLease(FakeRouter owner, Upstream upstream, string upstreamModel) : ILease
{
    private int _returned;

    public Upstream Upstream => upstream;

    public string UpstreamModel { get; } = upstreamModel;

    public string Model { get; init; } = upstreamModel;

    public string Tier { get; init; } = "local-hot";

    public TimeSpan Waited { get; init; }

    public TimeSpan Loading { get; init; }

    public CancellationToken Lost { get; init; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
        {
            owner.Returned();
        }
    }
}
