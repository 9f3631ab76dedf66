namespace Homelab.Domain.Models;

/// <summary>Which physical batch Ollama gives a model that completes text: the longer the context the larger, as long as memory is plenty. Follows
/// <c>automaticGenerationBatch</c> in its <c>server/sched.go</c>; buffers grow with it by as much as a gibibyte.</summary>
internal static class GenerationBatch
{
    private const int Medium = 1024;
    private const int Large = 2048;

    // Part of the free memory that its forecast, and the forecast with a surcharge for the batch, must stay within.
    private const int Headroom = 80;

    /// <summary>Tokens of the batch.</summary>
    /// <param name="context">Tokens of all sequences together.</param>
    /// <param name="forecast">Ollama's own, see <see cref="OllamaForecast"/>.</param>
    /// <param name="free">Of the GPUs that it would take; zero where there is none: then memory is not looked at.</param>
    public static int For(double context, ByteSize forecast, ByteSize free)
    {
        var batch = context > 32_768 ? Large : context > 4_096 ? Medium : MemoryEstimator.GenerationBatch;
        if (batch == Large && !Fits(forecast, free, 60, ByteSize.FromGibibytes(2)))
        {
            batch = Medium;
        }

        return batch == Medium && !Fits(forecast, free, 75, ByteSize.FromMebibytes(768)) ? MemoryEstimator.GenerationBatch : batch;
    }

    private static bool Fits(ByteSize forecast, ByteSize free, int percent, ByteSize surcharge) => forecast <= ByteSize.Zero || free <= ByteSize.Zero
        || (forecast.Bytes <= Part(free, percent) && surcharge.Bytes <= Part(free, Headroom) - forecast.Bytes);

    private static long Part(ByteSize bytes, int percent) => (long)((Int128)bytes.Bytes * percent / 100);
}
