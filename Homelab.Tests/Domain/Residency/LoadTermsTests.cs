using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

public sealed class LoadTermsTests
{
    /// <summary>192 KiB of KV cache a token: 24 GiB for four sequences of 32k.</summary>
    private static readonly GgufFacts FourteenBillion = new()
    {
        Architecture = "qwen2",
        WeightBytes = ByteSize.FromGibibytes(9),
        BlockCount = 48,
        HeadCount = 40,
        KeyValueHeads = [8],
        KeyLength = 128,
        ValueLength = 128,
        EmbeddingLength = 5120,
        FeedForwardLength = 13824,
        VocabularySize = 152_064,
        TrainedContext = 131_072,
    };

    private static LoadTerms Terms(int context, EngineDefaults? defaults = null, int gibibytes = 24, int own = 0)
    {
        var name = ModelName.Parse("qwen2.5:14b");
        var policy = new ResidencyPolicy { DefaultModel = new ModelPolicy(false, false, TimeSpan.Zero, context, Parallel: 4) };
        var device = new DeviceSnapshot("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(gibibytes), ByteSize.Zero, policy.Reserve);
        var snapshot = new ResidencySnapshot { Policy = policy, EngineDefaults = defaults ?? EngineDefaults.Unknown };
        return LoadTerms.Of(
            snapshot with { Devices = snapshot.Devices.Add(device.Name, device) },
            new ModelRecord(name, ModelState.OnDisk) { Facts = FourteenBillion with { OwnContext = own }, Installed = new InstalledModel(name, "sha256:1", FourteenBillion.WeightBytes, ["completion"]) });
    }

    /// <summary>Four leases at a time are granted, but an Ollama that nobody told otherwise serves them one after the other with one cache:
    /// counting four would evict others for room that nobody takes.</summary>
    [Fact]
    public void A_model_left_to_an_ollama_of_somebody_else_is_estimated_with_one_sequence()
    {
        var terms = Terms(context: 0);

        Assert.Equal((32_768, 1), (terms.Resolved.Context, terms.Resolved.Parallel));
        Assert.True(terms.Estimate.Total <= ByteSize.FromGibibytes(24) - ByteSize.FromMebibytes(512));
        Assert.Equal(4 * terms.Estimate.KeyValueCache.Bytes, Terms(context: 32_768, new EngineDefaults(0, 4)).Estimate.KeyValueCache.Bytes);
    }

    [Fact]
    public void A_model_left_to_the_engine_is_estimated_with_the_largest_context_that_fits_an_empty_node()
    {
        var terms = Terms(context: 0, new EngineDefaults(0, 4));

        Assert.Equal((4_096, 4), (terms.Resolved.Context, terms.Resolved.Parallel));
        Assert.True(terms.Estimate.Total <= ByteSize.FromGibibytes(24) - ByteSize.FromMebibytes(512));
    }

    [Theory]
    [InlineData(0, 8_192, 0, 8_192)]
    [InlineData(0, 8_192, 2_048, 2_048)]
    [InlineData(0, 0, 2_048, 2_048)]
    [InlineData(16_384, 8_192, 2_048, 16_384)]
    public void A_configured_context_goes_before_the_models_own_and_that_before_the_engines(int configured, int engine, int own, int expected) =>
        Assert.Equal(expected, Terms(configured, new EngineDefaults(engine, 1), own: own).Resolved.Context);

    [Fact]
    public void With_room_for_what_was_configured_nothing_is_taken_back()
    {
        var terms = Terms(context: 0, new EngineDefaults(0, 4), gibibytes: 46);

        Assert.Equal((32_768, 4), (terms.Resolved.Context, terms.Resolved.Parallel));
    }

    [Fact]
    public void A_configured_context_is_never_made_smaller()
    {
        var terms = Terms(context: 32_768, new EngineDefaults(0, 4));

        Assert.Equal((32_768, 4), (terms.Resolved.Context, terms.Resolved.Parallel));
        Assert.True(terms.Estimate.Total > ByteSize.FromGibibytes(24));
    }

    [Fact]
    public void What_does_not_fit_at_its_least_is_estimated_at_its_least()
    {
        var terms = Terms(context: 0, new EngineDefaults(0, 4), gibibytes: 8);

        Assert.Equal((4_096, 4), (terms.Resolved.Context, terms.Resolved.Parallel));
        Assert.True(terms.Estimate.Total > ByteSize.FromGibibytes(8));
    }
}
