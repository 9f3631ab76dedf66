using CsCheck;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

public sealed class ContextPolicyTests
{
    private static readonly GgufFacts Long = KnownModels.All["granite4:tiny-h"];

    [Theory]
    [InlineData(0, 4_096)]
    [InlineData(22.9, 4_096)]
    [InlineData(23, 32_768)]
    [InlineData(46.9, 32_768)]
    [InlineData(47, 262_144)]
    [InlineData(640, 262_144)]
    public void Default_context_follows_the_memory_of_all_gpus(double gibibytes, int expected) =>
        Assert.Equal(expected, ContextPolicy.Resolve(Long, 0, new ByteSize((long)(gibibytes * (1L << 30)))));

    [Fact]
    public void Configured_context_wins_over_the_default() =>
        Assert.Equal(65_536, ContextPolicy.Resolve(Long, 65_536, ByteSize.Zero));

    [Theory]
    [InlineData(0)]
    [InlineData(8_192)]
    public void Context_is_never_longer_than_the_model_was_trained_for(int configured) =>
        Assert.Equal(2_048, ContextPolicy.Resolve(KnownModels.Tiny, configured, ByteSize.FromGibibytes(80)));

    [Fact]
    public void Unknown_trained_context_caps_nothing() =>
        Assert.Equal(500_000, ContextPolicy.Resolve(Long with { TrainedContext = 0 }, 500_000, ByteSize.Zero));

    [Fact]
    public void Tiny_context_is_raised_as_the_engine_raises_it()
    {
        Assert.Equal(4, ContextPolicy.Resolve(Long, 1, ByteSize.Zero));
        Assert.Equal(2_048, ContextPolicy.Resolve(KnownModels.All["gemma3:4b"], 512, ByteSize.Zero));
    }

    [Fact]
    public void Resolved_context_resolves_to_itself() => Gen.Select(Gen.OneOf([.. KnownModels.All.Values]), Gen.Int[-5, 2_000_000], Gen.Long[0, 1L << 40])
        .Sample((facts, configured, gpu) =>
        {
            var context = ContextPolicy.Resolve(facts, configured, new ByteSize(gpu));
            return context > 0 && context == ContextPolicy.Resolve(facts, context, ByteSize.Zero);
        });
}
