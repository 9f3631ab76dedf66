using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using Homelab.Roles.Hub;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Hub;

/// <summary>The small shared parts between requests and the cluster's loop.</summary>
public sealed class HubDesksTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly NodeLinks _links;
    private readonly BeatDesk _beats;

    public HubDesksTests() => (_links, _beats) = (new NodeLinks(_time), new BeatDesk(_time));

    public void Dispose() => _links.Dispose();

    [Fact]
    public void Of_many_heartbeats_held_at_once_one_is_held_in_the_end_and_the_others_are_released()
    {
        var tickets = Enumerable.Range(0, 64).Select(i => _beats.Open(Report(i), "key")).ToList();

        Parallel.ForEach(tickets, _beats.Hold);

        var held = Assert.Single(tickets, t => !t.Released.IsCompleted);
        Assert.Equal(1, _beats.Held);
        Assert.True(_beats.Let(held));
        Assert.False(_beats.Let(held));
        Assert.Equal(0, _beats.Held);
    }

    [Fact]
    public void After_the_end_nothing_is_held()
    {
        var before = _beats.Open(Report(1), "key");
        _beats.Hold(before);
        _beats.Close();
        var after = _beats.Open(Report(2), "key");
        _beats.Hold(after);

        Assert.True(before.Released.IsCompleted && after.Released.IsCompleted);
        Assert.False(after.Verdict.IsCompleted);
    }

    [Fact]
    public void Leases_that_change_often_are_told_four_times_a_second()
    {
        var ticket = _beats.Open(Report(1), "key");
        _beats.Hold(ticket);
        for (var i = 0; i < 100; i++)
        {
            _beats.LeasesChanged("a");
        }

        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(ticket.Released.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(SpinWait.SpinUntil(() => ticket.Released.IsCompleted, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_node_keeps_its_connections_while_only_its_key_changes()
    {
        _links.Update(Report(1), "tower", "key-1");
        var first = _links.Find("a")!;
        _links.Update(Report(2), "tower", "key-1");
        Assert.Same(first, _links.Find("a"));
        _links.Update(Report(3), "tower", "key-2");
        var second = _links.Find("a")!;
        Assert.Same(first.Daemon.Pool, second.Daemon.Pool);
        Assert.Equal("key-2", second.Daemon.Credential);
        _links.Update(Report(4) with { Address = "http://127.0.0.1:2" }, "tower", "key-2");
        Assert.NotSame(second.Daemon.Pool, _links.Find("a")!.Daemon.Pool);
        _links.Update(Report(5) with { Address = null }, "tower", "key-2");
        Assert.Null(_links.Find("a"));
    }

    [Fact]
    public void What_is_printed_of_a_link_holds_no_key()
    {
        _links.Update(Report(1), "tower", "hl_hub_abcdefgh_secret");

        Assert.DoesNotContain("secret", _links.Find("a")!.ToString());
        Assert.DoesNotContain("secret", _links.Find("a")!.Daemon.ToString());
    }

    [Fact]
    public async Task Giving_a_node_up_while_others_ask_for_its_token_breaks_nobody()
    {
        using var stop = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                _ = _links.LostToken("a").IsCancellationRequested;
            }
        });
        for (var i = 0; i < 20_000; i++)
        {
            _links.GiveUp("a");
        }

        await stop.CancelAsync();
        await asking;
        var token = _links.LostToken("a");
        _links.GiveUp("a");
        Assert.True(token.IsCancellationRequested);
        Assert.False(_links.LostToken("a").IsCancellationRequested);
    }

    [Fact]
    public void A_dispatch_is_counted_until_it_is_returned_and_returned_once()
    {
        var table = new DispatchTable();
        var model = ModelName.Parse("qwen3:8b");
        var counter = table.Counter("a", model);
        Assert.False(counter.Take(straight: false));
        Assert.True(counter.Take(straight: true));
        Assert.Equal((2, 1), (table.InFlight("a", model), table.StraightAt("a")!.Single().Count));
        var dispatch = new Dispatch(new NodeSnapshot { Id = "a", Name = "a" }, null!, true, counter, _beats);

        dispatch.Dispose();
        dispatch.Dispose();

        Assert.Equal(1, table.InFlight("a", model));
        Assert.Null(table.StraightAt("a"));
        table.Forget("a");
        Assert.Equal(0, table.Total());
    }

    private static HeartbeatReport Report(long sequence) => new("a", "boot", sequence) { Name = "tower", Address = "http://127.0.0.1:1", Engine = "simulated" };
}
