using Homelab.Configuration;
using Homelab.Domain.Nodes;
using Homelab.Gateway;
using Homelab.Persistence.Sqlite;
using Homelab.Roles.Hub;
using Homelab.Tests.Domain.Cluster;
using Microsoft.Extensions.Time.Testing;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Roles.Hub;

/// <summary>The cluster's names, kept for a moment for those who list them often.</summary>
public sealed class ClusterCatalogTests
{
    [Fact]
    public void Nodes_that_are_told_of_a_change_read_it_and_clients_see_it_a_moment_later()
    {
        var hub = new TestHub().Join("a").BeatAll(With("first"));
        var time = new FakeTimeProvider();
        using var store = new SqliteClusterStore(null, time);
        var catalog = new ClusterCatalog(new ClusterAliases(HubSettings.From(new HomelabConfig()).Aliases, store), () => hub.Snapshot, time);
        Assert.Equal(["first:latest"], Listed());

        hub.Beat(With("first", "second"));
        Assert.Equal(["first:latest"], Listed());
        Assert.Equal(["first:latest", "second:latest"], catalog.Models.Select(m => m.Name.Value));
        Assert.Equal(["first:latest", "second:latest"], Listed());

        hub.Beat(With("second"));
        Assert.Equal(["first:latest", "second:latest"], Listed());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["second:latest"], Listed());

        IEnumerable<string> Listed() => catalog.List(Principal.Local).Select(m => m.Name);

        static NodeSnapshot With(params string[] models) => Node("a", 24, []) with { Inventory = NodeInventory.Of(string.Join(' ', models), models.Select(m => Model(m, 8))) };
    }
}
