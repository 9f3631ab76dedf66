using Homelab.Bench.Estimates;
using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

/// <summary>The estimate against buffers that llama.cpp printed for models of forty-odd shapes, five loads each.</summary>
public sealed class ObservedBuffersTests
{
    private const double Mebi = 1 << 20;

    // Printed with two decimals, some with the digits of a float.
    private const double Printed = 0.006;

    public static TheoryData<string> Models => [.. ObservedBuffers.All.Select(load => load.Model).Distinct()];

    [Theory, MemberData(nameof(Models))]
    public void Cache_and_state_are_what_llama_cpp_allocates_to_the_byte(string model) => Assert.All(Of(model), load =>
    {
        var estimate = MemoryEstimator.FromFacts(load.Facts, load.Settings);

        Assert.InRange(estimate.RecurrentState.Bytes / Mebi, load.State - Printed, load.State + Printed);
        Assert.InRange((estimate.KeyValueCache - estimate.RecurrentState).Bytes / Mebi, load.Cache - Printed, load.Cache + Printed);
    });

    [Theory, MemberData(nameof(Models))]
    public void Whole_load_is_estimated_within_five_percent(string model) => Assert.All(Of(model), load =>
        Assert.InRange(MemoryEstimator.FromFacts(load.Facts, load.Settings).Reported / Mebi / load.Total, 0.95, 1.05));

    [Fact]
    public void Half_of_all_loads_are_estimated_within_half_a_percent_and_nine_tenths_within_two()
    {
        double[] errors = [.. ObservedBuffers.All.Select(Error).Select(Math.Abs).Order()];

        Assert.True(errors[errors.Length / 2] < 0.005, $"median {errors[errors.Length / 2]:p2}");
        Assert.True(errors[errors.Length * 9 / 10] < 0.02, $"ninth decile {errors[errors.Length * 9 / 10]:p2}");
    }

    private static IEnumerable<ObservedLoad> Of(string model) => ObservedBuffers.All.Where(load => load.Model == model);

    private static double Error(ObservedLoad load) => (MemoryEstimator.FromFacts(load.Facts, load.Settings).Reported / Mebi / load.Total) - 1;
}
