using Homelab.Cli.Output;
using Homelab.Contracts;
using Homelab.Telemetry;

namespace Homelab.Tests.Cli.Output;

/// <summary>Units, bars, tables, progress: the parts that every command's output is made of.</summary>
public sealed class OutputTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(0.44, "0.4s")]
    [InlineData(12.4, "12s")]
    [InlineData(59.4, "59s")]
    [InlineData(60, "1m")]
    [InlineData(200, "3m 20s")]
    [InlineData(7500, "2h 5m")]
    [InlineData(273_600, "3d 4h")]
    [InlineData(-5, "0s")]
    [InlineData(double.NaN, "0s")]
    public void Span_is_told_in_its_two_largest_units(double seconds, string expected) => Assert.Equal(expected, Units.Seconds(seconds));

    [Theory]
    [InlineData(0, "now")]
    [InlineData(-30, "now")]
    [InlineData(12, "12s ago")]
    [InlineData(150, "2m ago")]
    [InlineData(10_800, "3h ago")]
    [InlineData(500_000, "5d ago")]
    public void Age_is_told_in_its_largest_unit(int seconds, string expected) => Assert.Equal(expected, Units.Ago(QuickTime.Start.AddSeconds(-seconds), QuickTime.Start));

    [Theory]
    [InlineData(100, 50, 25, "[############======......]")]
    [InlineData(100, 0, 0, "[........................]")]
    [InlineData(1000, 1, 1, "[#=......................]")]
    [InlineData(100, 100, 0, "[########################]")]
    [InlineData(100, 100, 1, "[########################]")]
    [InlineData(0, 5, 5, "[........................]")]
    public void Bar_shows_models_others_and_free(long total, long models, long others, string expected) =>
        Assert.Equal(expected, MemoryBar.Draw(total, models, others, rich: false).Text);

    [Theory]
    [InlineData("0.1.0", "0.1.0")]
    [InlineData("0.1.0+abc1234", "0.1.0+abc1234")]
    [InlineData("0.1.0+8e2134aa3bd57848b74a7fefea988779336add63", "0.1.0+8e2134a")]
    public void Version_is_told_with_a_short_commit(string version, string expected) => Assert.Equal(expected, Units.Version(version));

    [Fact]
    public void Optional_column_that_says_nothing_is_left_out()
    {
        var grid = new Grid(new Column("A"), new Column("B", Optional: true), new Column("C", Right: true));
        grid.Add("x", "", "1");
        grid.Add("long", "", "22");

        Assert.Equal("A      C\nx      1\nlong  22\n", PlainRenderer.Render(new Report().Table(grid)));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("\u001b[31mred\u0007\u009b", "?[31mred??")]
    [InlineData("\u202eabc\u200b", "?abc?")]
    [InlineData("größe 模型 😀", "größe 模型 😀")]
    public void Text_from_elsewhere_is_made_printable(string text, string expected) => Assert.Equal(expected, Printable.OneLine(text));

    [Fact]
    public void Long_text_is_cut() => Assert.Equal(new string('x', 10) + "...", Printable.OneLine(new string('x', 1000), 10));

    [Theory]
    [InlineData(120, "pull qwen3:8b ██████████████░░░░░░░░░░░░░░  50 %  2 GiB of 4 GiB, 239.8 MiB/s, 9s left  pulling 61918cb29885")]
    [InlineData(100, "pull qwen3:8b ██████████████░░░░░░░░░░░░░░  50 %  2 GiB of 4 GiB, 239.8 MiB/s, 9s left")]
    [InlineData(80, "pull qwen3:8b ██████████░░░░░░░░░░░  50 %  2 GiB of 4 GiB, 239.8 MiB/s, 9s left")]
    [InlineData(62, "pull qwen3:8b  50 %  2 GiB of 4 GiB, 239.8 MiB/s, 9s left")]
    public void Bar_is_one_line_that_fits_the_terminal(int width, string line)
    {
        var reading = new ProgressReading(new ProgressWire("pulling", "pulling 61918cb29885", 2L << 30, 4L << 30), 0.5, 239.8 * 1048576, TimeSpan.FromSeconds(9));

        Assert.Equal(line, reading.ToBar("pull qwen3:8b", width).Text);
        Assert.True(line.Length < width, "the cursor stands behind it");
    }

    [Fact]
    public void Meter_measures_the_rate_and_the_time_left()
    {
        var meter = new ProgressMeter();
        meter.Observe(At(0), TimeSpan.Zero);
        var reading = meter.Observe(At(100), TimeSpan.FromSeconds(1));

        Assert.Equal(100, reading.BytesPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(9), reading.Remaining);
        Assert.Equal(0.1, reading.Fraction);
    }

    [Fact]
    public void Meter_keeps_the_rate_but_starts_anew_when_another_file_begins()
    {
        var meter = new ProgressMeter();
        meter.Observe(At(0), TimeSpan.Zero);
        meter.Observe(At(500), TimeSpan.FromSeconds(1));
        var next = meter.Observe(At(0, 200), TimeSpan.FromSeconds(2));

        Assert.Equal(500, next.BytesPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(0.4), next.Remaining);
    }

    [Fact]
    public void Meter_believes_the_server_about_the_time_left()
    {
        var reading = new ProgressMeter().Observe(new ProgressWire("loading", Fraction: 1.7, RemainingSeconds: 12), TimeSpan.Zero);

        Assert.Equal(TimeSpan.FromSeconds(12), reading.Remaining);
        Assert.Equal(1, reading.Fraction);
    }

    [Fact]
    public void Meter_takes_nonsense()
    {
        var meter = new ProgressMeter();
        meter.Observe(At(-5, -7), TimeSpan.Zero);
        var reading = meter.Observe(new ProgressWire("x", CompletedBytes: long.MaxValue, TotalBytes: -7, RemainingSeconds: double.MaxValue), TimeSpan.FromSeconds(1));

        Assert.True(reading.Remaining < TimeSpan.MaxValue);
    }

    private static ProgressWire At(long bytes, long total = 1000) => new("pulling", null, bytes, total);
}
