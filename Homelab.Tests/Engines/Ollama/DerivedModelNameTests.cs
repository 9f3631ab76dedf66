using CsCheck;
using Homelab.Domain.Models;
using Homelab.Engines.Ollama;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>The mapping between models and the ones derived from them.</summary>
public sealed class DerivedModelNameTests
{
    private const string Digest = "sha256:6C08AE788f082d9f2c6a464a54e668fc4e98277d722d9679aab16e2d51ea894a";

    [Theory]
    [InlineData("qwen3:8b", "homelab/qwen3:8b-ctx16384-6c08ae788f08")]
    [InlineData("tiny", "homelab/tiny:latest-ctx16384-6c08ae788f08")]
    [InlineData("me/my_model:v1", "homelab/me_smy__model:v1-ctx16384-6c08ae788f08")]
    [InlineData("hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M", "homelab/hf.co_sbartowski_sllama-3.2-3b-instruct-gguf:q4_k_m-ctx16384-6c08ae788f08")]
    [InlineData("registry.local:5000/library/tinyreg", "homelab/registry.local_c5000_slibrary_stinyreg:latest-ctx16384-6c08ae788f08")]
    public void Name_is_spelled_out_and_read_back(string origin, string derived)
    {
        var name = DerivedModelName.Of(ModelName.Parse(origin), Digest, 16384);
        Assert.Equal(derived, name.Value);
        Assert.True(DerivedModelName.IsDerived(name));
        Assert.True(DerivedModelName.TryRead(name, [], out var back, out var digest));
        Assert.Equal(ModelName.Parse(origin), back);
        Assert.True(DerivedModelName.IsDigest(Digest, digest));
    }

    [Fact]
    public void Name_too_long_to_be_spelled_out_is_found_among_the_installed()
    {
        var origin = ModelName.Parse($"hf.co/{new string('n', 70)}/{new string('m', 70)}:{new string('t', 78)}");
        var name = DerivedModelName.Of(origin, Digest, 4096);
        Assert.True(DerivedModelName.IsDerived(name));
        Assert.False(DerivedModelName.TryRead(name, [], out _, out _));
        Assert.True(DerivedModelName.TryRead(name, [ModelName.Parse("other"), origin], out var back, out _));
        Assert.Equal(origin, back);
    }

    [Theory]
    [InlineData("qwen3:8b")]
    [InlineData("homelab/qwen3:8b")]
    [InlineData("homelab/qwen3:8b-ctx16384")]
    [InlineData("homelab/qwen3:8b-ctx-6c08ae788f08")]
    [InlineData("homelab/qwen3:8bctx16384-6c08ae788f08")]
    [InlineData("homelab/qwen3:8b-ctx16384-xyz8ae788f08")]
    [InlineData("homelab/a_x:8b-ctx16384-6c08ae788f08")]
    [InlineData("other/qwen3:8b-ctx16384-6c08ae788f08")]
    [InlineData("qwen3:8b-ctx16384-6c08ae788f08")]
    public void Name_of_somebody_else_is_not_ours(string name) => Assert.False(DerivedModelName.IsDerived(ModelName.Parse(name)));

    [Theory]
    [InlineData("")]
    [InlineData("sha256:12")]
    [InlineData("not-a-digest-at-all")]
    public void Digest_that_is_none_is_refused(string digest) => Assert.Throws<FormatException>(() => DerivedModelName.Of(ModelName.Parse("a"), digest, 1));

    [Fact]
    public void Any_name_context_and_digest_come_back_and_differ_from_any_other()
    {
        var part = Gen.Char["abcz019_-."].Array[1, 20].Select(chars => "m" + new string(chars));
        var space = part.Select(text => text.Replace('.', '-'));
        var origin = Gen.Select(part, space, part, Gen.Int[0, 2], (a, b, c, parts) => ModelName.Parse(parts switch { 0 => $"{a}:{c}", 1 => $"{b}/{a}:{c}", _ => $"{a}:80/{b}/{c}" }));
        Gen.Select(origin, origin, Gen.Int[1, 1 << 20]).Sample((one, other, context) =>
        {
            var name = DerivedModelName.Of(one, Digest, context);
            return DerivedModelName.TryRead(name, [one], out var back, out _) && back == one && (one == other) == (name == DerivedModelName.Of(other, Digest, context));
        });
    }
}
