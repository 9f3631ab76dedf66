using System.Security.Cryptography;
using System.Text;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Gateway.Access;

/// <summary>Keys of our own form and of others, what they carry, and how they are replaced while a listener runs.</summary>
public sealed class KeyRingTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(HomelabKey.Node)]
    [InlineData(HomelabKey.Service)]
    [InlineData(HomelabKey.Admin)]
    [InlineData(HomelabKey.Join)]
    public void Key_that_is_made_has_its_form_and_an_id_to_find_it_by(string kind)
    {
        var key = HomelabKey.Make(kind);

        Assert.Matches($"^hl_{kind}_[0-9A-Za-z]{{8}}_[0-9A-Za-z]{{32}}$", key);
        Assert.Equal(key.Split('_')[2], HomelabKey.IdOf(key).ToString());
        Assert.NotEqual(key, HomelabKey.Make(kind));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sk-user")]
    [InlineData("hl_")]
    [InlineData("hl_node")]
    [InlineData("hl_node_12345678")]
    [InlineData("hl_node_12345678_short")]
    [InlineData("hl__12345678_0123456789abcdef0123456789abcdef")]
    [InlineData("hl_node_1234567_80123456789abcdef0123456789abcdef")]
    public void Key_of_another_form_has_no_id(string key) => Assert.True(HomelabKey.IdOf(key).IsEmpty);

    [Fact]
    public void Principal_is_all_that_the_entry_says()
    {
        var key = HomelabKey.Make(HomelabKey.Node);
        var ring = new KeyRing([KeyRing.Entry("laptop", key, false) with { Kind = PrincipalKind.Node, NodeId = "n1", RequestsPerMinute = 7, Models = [new ModelPattern("a*")] }]);

        var principal = ring.Find(key, Now)!;
        Assert.Equal(("laptop", PrincipalKind.Node, "n1", 7), (principal.Name, principal.Kind, principal.NodeId, principal.Rate?.PerMinute));
        Assert.True(principal.MayUse("abc:latest"));
        Assert.False(principal.MayUse("b:latest"));
        Assert.Same(principal, ring.Find(key, Now));
    }

    [Fact]
    public void Right_id_with_a_wrong_secret_is_wrong_and_so_is_a_secret_under_another_id()
    {
        var (first, second) = (HomelabKey.Make(HomelabKey.Service), HomelabKey.Make(HomelabKey.Service));
        var ring = new KeyRing([KeyRing.Entry("a", first, false), KeyRing.Entry("b", second, false)]);
        string[] a = first.Split('_'), b = second.Split('_');

        Assert.Equal(("a", "b"), (ring.Find(first, Now)?.Name, ring.Find(second, Now)?.Name));
        Assert.Null(ring.Find($"hl_key_{a[2]}_{b[3]}", Now));
        Assert.Null(ring.Find($"hl_admin_{a[2]}_{a[3]}", Now));
        Assert.Null(ring.Find(first + "x", Now));
    }

    [Fact]
    public void Entry_whose_id_is_not_kept_is_found_all_the_same()
    {
        var key = HomelabKey.Make(HomelabKey.Service);
        Assert.Equal("old", new KeyRing([new KeyEntry("old", KeyRing.HashOf(key), false)]).Find(key, Now)?.Name);
    }

    [Fact]
    public void Key_is_wrong_from_the_moment_that_it_expires()
    {
        var ring = new KeyRing([KeyRing.Entry("guest", "sk-guest", false) with { Expires = Now }]);

        Assert.Equal("guest", ring.Find("sk-guest", Now - TimeSpan.FromTicks(1))?.Name);
        Assert.Null(ring.Find("sk-guest", Now));
    }

    [Fact]
    public void Ring_that_replaces_another_keeps_the_state_of_the_limits_that_stay()
    {
        var time = new FakeTimeProvider();
        KeyEntry a = KeyRing.Entry("a", HomelabKey.Make(HomelabKey.Service), false) with { RequestsPerMinute = 1 }, b = KeyRing.Entry("b", "sk-b", false) with { RequestsPerMinute = 1 };
        var source = new KeySource(new KeyRing([a, b]));
        Assert.True(Rate("sk-b").TryTake(time, out _));

        source.Replace([b, a]);
        Assert.False(Rate("sk-b").TryTake(time, out _));
        source.Replace([b with { RequestsPerMinute = 2 }]);
        Assert.True(Rate("sk-b").TryTake(time, out _));

        RequestRate Rate(string key) => source.Current.Find(key, Now)!.Rate!;
    }

    [Theory]
    [InlineData("*", "anything:latest", true)]
    [InlineData("llama3", "llama3:latest", true)]
    [InlineData("llama3", "llama3:8b", false)]
    [InlineData("LLAMA3:8B", "llama3:8b", true)]
    [InlineData("qwen3:*", "qwen3:8b", true)]
    [InlineData("qwen3:*", "qwen3-coder:30b", false)]
    [InlineData("*:8b", "qwen3:8b", true)]
    [InlineData("q*3*b", "qwen3:8b", true)]
    [InlineData("q*3*b", "qwen3:8c", false)]
    [InlineData("hf.co/*/x*", "hf.co/unsloth/x:q4", true)]
    [InlineData("", "qwen3:8b", false)]
    [InlineData("**", "qwen3:8b", true)]
    [InlineData("qwen3", "qwen3", true)]
    public void Pattern_matches_whole_names_with_stars_for_any_letters(string pattern, string model, bool matches) =>
        Assert.Equal(matches, new ModelPattern(pattern).Matches(model));

    [Fact]
    public void Pattern_of_many_stars_takes_no_longer_than_the_product_of_the_lengths() =>
        Assert.False(new ModelPattern(string.Concat(Enumerable.Repeat("a*", 2000)) + "b").Matches(new string('a', 20_000)));

    [Fact]
    public void Rate_gives_a_minutes_worth_at_once_and_then_one_after_the_other()
    {
        var time = new FakeTimeProvider();
        var rate = new RequestRate(60);
        Assert.All(Enumerable.Range(0, 60), _ => Assert.True(rate.TryTake(time, out var _)));

        Assert.False(rate.TryTake(time, out var wait));
        Assert.Equal(1.0, wait.TotalSeconds, 3);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(rate.TryTake(time, out _));
        Assert.False(rate.TryTake(time, out _));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(60, Enumerable.Range(0, 100).Count(_ => rate.TryTake(time, out var _)));
    }

    [Fact]
    public void Entry_prints_neither_key_nor_a_hash_that_could_be_looked_up()
    {
        var printed = KeyRing.Entry("n8n", "sk-user", false).ToString();
        Assert.DoesNotContain("sk-user", printed, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes("sk-user"))), printed, StringComparison.OrdinalIgnoreCase);
    }
}
