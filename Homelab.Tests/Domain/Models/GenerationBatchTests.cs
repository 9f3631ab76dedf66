using Homelab.Domain.Models;

namespace Homelab.Tests.Domain.Models;

/// <summary>The batch that Ollama chooses for a model that completes text.</summary>
public sealed class GenerationBatchTests
{
    [Theory]
    [InlineData(4_096, 2, 24, 512)] // a short context never gets more
    [InlineData(8_192, 2, 24, 1_024)]
    [InlineData(32_768, 9.5, 24, 1_024)]
    [InlineData(65_536, 14, 24, 2_048)] // 14 of 24 is below 60 %
    [InlineData(65_536, 15, 24, 1_024)]
    [InlineData(65_536, 18, 24, 1_024)] // 75 %
    [InlineData(65_536, 18.5, 24, 512)]
    [InlineData(65_536, 4.5, 8, 1_024)] // within 60 %, but not with 2 GiB more below 80 %
    [InlineData(65_536, 40, 0, 2_048)] // without a GPU memory is not looked at
    public void Batch_grows_with_the_context_as_long_as_memory_is_plenty(int context, double forecast, double free, int expected) =>
        Assert.Equal(expected, GenerationBatch.For(context, Gibi(forecast), Gibi(free)));

    private static ByteSize Gibi(double gibibytes) => new((long)(gibibytes * (1L << 30)));
}
