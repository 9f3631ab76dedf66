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

        var first = feed.Since(0)[0];

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

        Assert.True(after.Since(0)[0].Id > before.Since(0)[0].Id);
        Assert.Equal(["after"], after.Since(before.Since(0)[0].Id).Select(e => e.Message));
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

        Assert.Equal(1024, feed.Since(0).Count);
        Assert.Equal("1999", feed.Since(0)[^1].Message);
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

    private static long Publish(EventFeed feed)
    {
        feed.Publish(Event("x"));
        return feed.Since(0)[0].Id;
    }
}
