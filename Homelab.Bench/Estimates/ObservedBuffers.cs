using System.Globalization;
using Homelab.Domain.Models;
using Homelab.Engines.Gguf;

namespace Homelab.Bench.Estimates;

/// <summary>Reads <c>observed-buffers.txt</c>.</summary>
internal static class ObservedBuffers
{
    /// <summary>Bits that a weight takes in the usual quantisation, of the sixteen that it took when the sizes were observed.</summary>
    private const double UsualBits = 4.85;

    private static readonly Dictionary<string, GgufMetadata> Shapes = [];

    /// <summary>All of them, in the file's order.</summary>
    public static IReadOnlyList<ObservedLoad> All { get; } = Read(Shapes);

    /// <summary>The metadata of each model.</summary>
    public static IReadOnlyDictionary<string, GgufMetadata> Metadata => Shapes;

    private static List<ObservedLoad> Read(Dictionary<string, GgufMetadata> models)
    {
        using var stream = typeof(ObservedBuffers).Assembly.GetManifestResourceStream("observed-buffers.txt")!;
        using var reader = new StreamReader(stream);
        var loads = new List<ObservedLoad>();
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["model", var name, ..])
            {
                models[name] = Shape(words);
            }
            else if (words is ["sizes", var of, ..])
            {
                var load = Load(of, models[of], words);

                // Some architectures Ollama serves one sequence at a time whatever it is asked for.
                if (MemoryEstimator.Sequences(load.Facts, load.Settings) == load.Settings.Parallel)
                {
                    loads.Add(load);
                }
            }
        }

        return loads;
    }

    private static GgufMetadata Shape(string[] words)
    {
        var metadata = new GgufMetadata { Texts = { ["general.architecture"] = words[2] } };
        foreach (var word in words.Skip(3))
        {
            var (key, value) = (words[2] + "." + word[..word.IndexOf('=')], word[(word.IndexOf('=') + 1)..]);
            double[] numbers = [.. value.Split(',').SelectMany(Repeated)];
            if (value.AsSpan().ContainsAny(',', '*'))
            {
                metadata.Arrays[key] = numbers;
            }
            else
            {
                metadata.Numbers[key] = numbers[0];
            }
        }

        return metadata;
    }

    private static IEnumerable<double> Repeated(string value) => value.Split('*') is [var number, var times]
        ? Enumerable.Repeat(Number(number), (int)Number(times))
        : [Number(value)];

    private static ObservedLoad Load(string name, GgufMetadata metadata, string[] words)
    {
        var weights = new ByteSize((long)(Number(words[11]) * (1 << 20) / 16 * UsualBits));
        var facts = FactsFromMetadata.Read(metadata, weights, ByteSize.Zero);
        facts = facts with { IsEmbedder = LayerRules.KeepsNothing(facts.Architecture) || metadata.Numbers.ContainsKey(facts.Architecture + ".pooling_type") };
        var settings = new LoadSettings((int)Number(words[2]), (int)Number(words[3]), words[5] == "q8" ? KeyValueCacheType.Q8 : KeyValueCacheType.F16, words[6] == "1") { Batch = (int)Number(words[4]) };
        return new ObservedLoad(name, facts, settings, Number(words[7]), Number(words[8]), Number(words[9]), Number(words[10]));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
