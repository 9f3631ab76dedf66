using Homelab.Persistence.Cluster;
using Homelab.Persistence.Sqlite;

namespace Homelab.Tests.Persistence.Cluster;

/// <summary>The store in an SQLite database, closed and opened again wherever the contract says "after a restart".</summary>
public sealed class DiskClusterStoreTests : ClusterStoreTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-store").FullName;

    private protected override IClusterStore Create() => new SqliteClusterStore(_folder, Time, report: Reported.Add);

    private protected override IClusterStore Restart(IClusterStore store)
    {
        store.Dispose();
        return Create();
    }

    private protected override void Clean() => Directory.Delete(_folder, recursive: true);
}
