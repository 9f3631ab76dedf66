using Homelab.Persistence.Cluster;
using Homelab.Persistence.Sqlite;

namespace Homelab.Tests.Persistence.Cluster;

/// <summary>The store without a disk.</summary>
public sealed class MemoryClusterStoreTests : ClusterStoreTests
{
    private protected override IClusterStore Create() => new SqliteClusterStore(null, Time, report: Reported.Add);

    private protected override IClusterStore Restart(IClusterStore store) => store;

    private protected override void Clean()
    {
    }
}
