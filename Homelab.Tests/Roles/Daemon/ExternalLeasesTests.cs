using Homelab.Domain.Models;
using Homelab.Roles.Daemon;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>Requests that a hub sends straight to the engine hold their replica as the daemon's own do.</summary>
public sealed class ExternalLeasesTests
{
    private static readonly ModelName A = ModelName.Parse("a:8b");

    private static readonly ModelName B = ModelName.Parse("b:8b");

    [Fact]
    public async Task Replica_that_the_hub_uses_is_not_evicted_until_it_says_that_it_does_not()
    {
        await using var core = await StartAsync();
        using var external = new ExternalLeases(core.Catalog, core.Loop, core.Time);
        await core.ChatAsync("a:8b");
        external.Set([(A, 2)]);
        Assert.Equal(2, core.Loop.CountLeases());

        var waiting = core.AskAsync("b:8b");
        await core.UntilAsync("b waits for a", s => s.Waiters.Count == 1);
        external.Set([(A, 1)]);
        await core.SettleAsync();
        Assert.Equal(ModelState.Hot, core.StateOf("a:8b") is ModelState.Leased ? ModelState.Hot : core.StateOf("a:8b"));
        Assert.False(waiting.IsCompleted);

        external.Set([]);
        using var lease = (await waiting).Lease;
        Assert.Equal("local-hot", lease?.Tier);
        Assert.Equal(["b:8b"], core.Fake.Loaded);
    }

    [Fact]
    public async Task Hub_that_falls_silent_holds_nothing_after_a_minute_and_one_that_repeats_itself_does()
    {
        await using var core = await StartAsync();
        using var external = new ExternalLeases(core.Catalog, core.Loop, core.Time);
        await core.ChatAsync("a:8b");
        external.Set([(A, 1)]);
        core.Time.Advance(TimeSpan.FromSeconds(50));
        external.Set([(A, 1)]);
        core.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(1, core.Loop.CountLeases());

        core.Time.Advance(ExternalLeases.Lifetime);
        Assert.Equal(0, core.Loop.CountLeases());
    }

    [Fact]
    public async Task Replica_that_is_not_there_cannot_be_held_and_absurd_counts_are_bounded()
    {
        await using var core = await StartAsync();
        var external = new ExternalLeases(core.Catalog, core.Loop, core.Time);
        external.Set([(B, 3), (ModelName.Parse("never-heard:1b"), 1)]);
        Assert.Equal(0, core.Loop.CountLeases());

        await core.ChatAsync("b:8b");
        external.Set([(B, -5)]);
        Assert.Equal(0, core.Loop.CountLeases());
        external.Set([(B, int.MaxValue), (B, int.MaxValue)]);
        Assert.InRange(core.Loop.CountLeases(), 1, 1024);
        external.Dispose();
        Assert.Equal(0, core.Loop.CountLeases());
    }

    private static async Task<DaemonCore> StartAsync()
    {
        var fake = await FakeOllama.StartAsync(s => s with { Models = [], Catalogue = [] });
        fake.Install("a:8b", ByteSize.FromGibibytes(14));
        fake.Install("b:8b", ByteSize.FromGibibytes(14));
        return await DaemonCore.StartAsync(fake);
    }
}
