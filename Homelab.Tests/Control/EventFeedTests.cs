using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Control;

public sealed class EventFeedTests
{
    private readonly HomelabMetrics _metrics = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero));

    private EventFeed Feed() => new(_time, "tower", _metrics);

    private static Announcement Event(string message) =>
        Announcement.Of(AnnouncementTypes.ModelLoaded, ModelName.Parse("qwen3:8b"), message, ("seconds", "2.5"));

    [Fact]
    public void A_reader_that_resumes_gets_what_came_after_its_last_id()
    {
        var feed = Feed();
        feed.Publish(Event("one"));
        feed.Publish(Event("two"));
        feed.Publish(Event("three"));

        var first = feed.Since(0).ToList()[0];

        Assert.Equal(["two", "three"], feed.Since(first.Id).Select(e => e.Message));
    }

    [Fact]
    public void Ids_grow_across_a_restart()
    {
        var before = Feed();
        before.Publish(Event("before"));
        _time.Advance(TimeSpan.FromSeconds(1));

        var after = Feed();
        after.Publish(Event("after"));

        Assert.True(after.Since(0).ToList()[0].Id > before.Since(0).ToList()[0].Id);
        Assert.Equal(["after"], after.Since(before.Since(0).ToList()[0].Id).Select(e => e.Message));
    }

    [Fact]
    public void Ids_stay_exact_in_javascript() =>
        Assert.True(Feed() is var feed && Publish(feed) < 1L << 53);

    [Fact]
    public void The_feed_keeps_the_last_thousand()
    {
        var feed = Feed();
        for (var i = 0; i < 2000; i++)
        {
            feed.Publish(Event(i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        Assert.Equal(1024, feed.Since(0).Count());
        Assert.Equal("1999", feed.Since(0).ToList()[^1].Message);
    }

    [Fact]
    public async Task A_follower_gets_what_is_kept_and_then_what_comes()
    {
        var feed = Feed();
        feed.Publish(Event("kept"));
        await using var follower = feed.FollowAsync(0, CancellationToken.None).GetAsyncEnumerator();

        Assert.True(await follower.MoveNextAsync());
        Assert.Equal("kept", follower.Current.Message);
        var next = follower.MoveNextAsync();
        feed.Publish(Event("new"));

        Assert.True(await next);
        Assert.Equal("new", follower.Current.Message);
    }

    [Fact]
    public async Task A_reader_that_falls_behind_is_cut_off_and_never_blocks_the_feed()
    {
        var feed = Feed();
        await using var follower = feed.FollowAsync(0, CancellationToken.None).GetAsyncEnumerator();
        var first = follower.MoveNextAsync();
        for (var i = 0; i < 1000; i++)
        {
            feed.Publish(Event(i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        Assert.True(await first);
        var read = 1;
        while (await follower.MoveNextAsync())
        {
            read++;
        }

        Assert.InRange(read, 1, 999);
        Assert.Equal(1, _metrics.EventsDropped.Value);
    }

    [Fact]
    public async Task What_left_memory_comes_from_the_archive_first_and_nothing_comes_twice()
    {
        var archive = new Archive();
        var feed = new EventFeed(_time, null, _metrics, archive);
        for (var i = 0; i < 2500; i++)
        {
            feed.Publish(Event(i.ToString(System.Globalization.CultureInfo.InvariantCulture)), "box");
        }

        var first = archive.Kept[0].Id;
        Assert.Equal(Enumerable.Range(0, 2500).Select(i => $"{i}"), feed.Since(0).Select(e => e.Message));
        Assert.Equal(Enumerable.Range(700, 1800).Select(i => $"{i}"), feed.Since(first + 699).Select(e => e.Message));
        Assert.All(feed.Since(first + 2400), e => Assert.Equal("box", e.Node));

        using var enough = new CancellationTokenSource();
        var followed = new List<string>();
        await foreach (var wire in feed.FollowAsync(first + 9, enough.Token))
        {
            followed.Add(wire.Message);
            if (followed.Count == 2490)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(10, 2490).Select(i => $"{i}"), followed);
    }

    [Fact]
    public void Ids_go_on_from_the_archive_where_the_clock_was_put_back()
    {
        var archive = new Archive();
        new EventFeed(_time, null, _metrics, archive).Publish(Event("before"));
        var early = new FakeTimeProvider(_time.GetUtcNow().AddDays(-30));

        var feed = new EventFeed(early, null, _metrics, archive);
        feed.Publish(Event("after"));

        Assert.Equal(["before", "after"], feed.Since(0).Select(e => e.Message));
        Assert.True(archive.Kept[1].Id > archive.Kept[0].Id);
    }

    private static long Publish(EventFeed feed)
    {
        feed.Publish(Event("x"));
        return feed.Since(0).ToList()[0].Id;
    }

    /// <summary>Everything, in memory.</summary>
    private sealed class Archive : IEventArchive
    {
        public List<EventWire> Kept { get; } = [];

        public long LastId => Kept.Count == 0 ? 0 : Kept[^1].Id;

        public void Keep(EventWire wire) => Kept.Add(wire);

        public IReadOnlyList<EventWire> Since(long id, int limit) => [.. Kept.Where(e => e.Id > id).Take(limit)];
    }
}
