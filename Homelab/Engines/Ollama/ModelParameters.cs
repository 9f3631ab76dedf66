using System.Globalization;

namespace Homelab.Engines.Ollama;

/// <summary>Reads the parameters that a model itself carries, as <c>/api/show</c> lists them.</summary>
internal static class ModelParameters
{
    // The fields of Ollama's api.Runner (api/types.go): a loaded model is reloaded for a request that has others.
    private static readonly string[] OfTheRunner = ["num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict"];

    /// <summary><c>num_ctx</c>; 0 where the model leaves its context open.</summary>
    public static int Context(string parameters)
    {
        foreach (var (name, value) in Read(parameters))
        {
            if (name is "num_ctx" && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var tokens))
            {
                return (int)Math.Clamp(tokens, 0, int.MaxValue);
            }
        }

        return 0;
    }

    /// <summary>Those that a loaded model is reloaded for, the context left out, in an order of their own.</summary>
    public static string OfRunner(string parameters) => string.Join(
        ';',
        Read(parameters).Where(p => OfTheRunner.Contains(p.Name)).Select(p => $"{p.Name}={p.Value}").Order(StringComparer.Ordinal));

    private static IEnumerable<(string Name, string Value)> Read(string parameters)
    {
        foreach (var line in parameters.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var gap = line.IndexOf(' ', StringComparison.Ordinal);
            if (gap > 0)
            {
                yield return (line[..gap], line[gap..].Trim());
            }
        }
    }
}
