using Homelab.Engines.Ollama;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>When a moved timer means that others use the model.</summary>
public sealed class ForeignUseDetectorTests
{
    private static readonly DateTimeOffset Expiry = new(2026, 11, 23, 15, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Timer_that_moved_without_us_is_foreign_use() => Assert.True(ForeignUseDetector.UsedByOthers(Expiry, Expiry.AddMinutes(3), usedByUs: false));

    [Fact]
    public void Timer_that_moved_back_is_foreign_use_with_a_shorter_keep_alive() => Assert.True(ForeignUseDetector.UsedByOthers(Expiry, Expiry.AddMinutes(-55), usedByUs: false));

    [Fact]
    public void Timer_that_moved_by_a_use_of_ours_is_not() => Assert.False(ForeignUseDetector.UsedByOthers(Expiry, Expiry.AddMinutes(3), usedByUs: true));

    [Fact]
    public void Timer_that_stands_is_no_use_however_far_it_is_from_any_clock()
    {
        Assert.False(ForeignUseDetector.UsedByOthers(Expiry, Expiry, usedByUs: false));
        Assert.False(ForeignUseDetector.UsedByOthers(Expiry.AddYears(-20), Expiry.AddYears(-20), usedByUs: false));
        Assert.False(ForeignUseDetector.UsedByOthers(Expiry.AddYears(293), Expiry.AddYears(293), usedByUs: false));
    }

    [Fact]
    public void First_reading_and_unset_timers_say_nothing()
    {
        Assert.False(ForeignUseDetector.UsedByOthers(null, Expiry, usedByUs: false));
        Assert.False(ForeignUseDetector.UsedByOthers(default(DateTimeOffset), Expiry, usedByUs: false));
        Assert.False(ForeignUseDetector.UsedByOthers(Expiry, DateTimeOffset.UnixEpoch, usedByUs: false));
    }
}
