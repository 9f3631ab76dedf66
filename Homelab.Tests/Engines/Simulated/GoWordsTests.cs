using System.Text;
using Homelab.Engines.Simulated;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>The words of Go's decoders.</summary>
public sealed class GoWordsTests
{
    [Theory]
    [InlineData("""{"model": "tiny", """, "unexpected EOF")]
    [InlineData("not json", "invalid character 'o' in literal null (expecting 'u')")]
    [InlineData("xyz", "invalid character 'x' looking for beginning of value")]
    [InlineData("{model: 1}", "invalid character 'm' looking for beginning of object key string")]
    [InlineData("""{"a" 1}""", "invalid character '1' after object key")]
    [InlineData("""{"a":1 "b":2}""", "invalid character '\"' after object key:value pair")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("{} x", "invalid character 'x' after top-level value")]
    [InlineData("\"open", "unexpected EOF")]
    [InlineData("tru", "unexpected EOF")]
    [InlineData("", "unexpected EOF")]
    public void Json_error_is_said_in_the_words_of_go(string json, string expected) => Assert.Equal(expected, GoSyntax.Describe(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Json_error_of_a_very_deep_text_is_its_depth() =>
        Assert.Equal("exceeded max depth", GoSyntax.Describe(Encoding.UTF8.GetBytes(new string('[', 20_000))));

    [Theory]
    [InlineData("10m", 600)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5s", 1.5)]
    [InlineData("250ms", 0.25)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    public void Duration_is_read(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration, out _));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Fact]
    public void Negative_duration_is_for_ever()
    {
        Assert.True(GoDuration.TryParse("-1m", out var duration, out _));
        Assert.Equal(GoDuration.Forever, duration);
    }

    [Theory]
    [InlineData("60", "time: missing unit in duration \"60\"")]
    [InlineData("-1", "time: missing unit in duration \"-1\"")]
    [InlineData("soon", "time: invalid duration \"soon\"")]
    [InlineData("", "time: invalid duration \"\"")]
    [InlineData("5x", "time: unknown unit \"x\" in duration \"5x\"")]
    public void Duration_error_is_said_in_the_words_of_go(string text, string expected)
    {
        Assert.False(GoDuration.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }
}
