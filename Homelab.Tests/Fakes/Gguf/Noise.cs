namespace Homelab.Tests.Fakes.Gguf;

/// <summary>Random weights; the same seed gives the same model.</summary>
internal sealed class Noise(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Rows of evenly spread values around a mean.</summary>
    public RowFill Rows(float deviation, float mean = 0) => (_, values) => Fill(values, deviation, mean);

    /// <summary>The same, less the first row, which stays zero: what a layer adds never touches the first place of the state.</summary>
    public RowFill RowsButFirst(float deviation) => (row, values) =>
    {
        if (row > 0)
        {
            Fill(values, deviation, 0);
        }
    };

    public void Fill(Span<float> values, float deviation, float mean)
    {
        var width = deviation * MathF.Sqrt(12);
        foreach (ref var value in values)
        {
            value = mean + (width * (_random.NextSingle() - 0.5f));
        }
    }
}
