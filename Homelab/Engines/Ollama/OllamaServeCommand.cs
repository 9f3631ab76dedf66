using System.Globalization;
using Homelab.Processes;

namespace Homelab.Engines.Ollama;

/// <summary>The command line and environment of <c>ollama serve</c>.</summary>
internal static class OllamaServeCommand
{
    // What a user may have set for Ollama and its GPU libraries.
    private static readonly string[] PassedOn = ["OLLAMA_", "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "ROCM_", "HSA_", "GGML_", "GPU_", "VK_", "ZE_", "ONEAPI_", "LLAMA_"];

    public static ChildProcessStart Build(OllamaServeSettings settings, string executable)
    {
        var environment = new Dictionary<string, string>
        {
            ["OLLAMA_HOST"] = settings is { Expose: true, Url.IsLoopback: true } ? string.Create(CultureInfo.InvariantCulture, $"0.0.0.0:{settings.Url.Port}") : settings.Url.Authority,
            ["OLLAMA_NUM_PARALLEL"] = settings.Parallel.ToString(CultureInfo.InvariantCulture),

            // A request on /v1 cannot say how long; after a reload this is what holds until the next touch.
            ["OLLAMA_KEEP_ALIVE"] = string.Create(CultureInfo.InvariantCulture, $"{OllamaClient.KeepAlive.TotalMinutes:0}m"),

            // 0 would mean three for each GPU, and a victim of Ollama's choice for the next.
            ["OLLAMA_MAX_LOADED_MODELS"] = (settings.MaximumLoaded > 0 ? settings.MaximumLoaded : OllamaServeSettings.Plenty).ToString(CultureInfo.InvariantCulture),
            [OrphanSweep.Variable] = OrphanSweep.Mark(settings.HomeFolder.Root),
        };
        if (settings.Context > 0)
        {
            environment["OLLAMA_CONTEXT_LENGTH"] = settings.Context.ToString(CultureInfo.InvariantCulture);
        }

        if (!settings.AllowCloud)
        {
            environment["OLLAMA_NO_CLOUD"] = "1";
        }

        return new ChildProcessStart(executable, ["serve"], ChildEnvironment.Build(PassedOn, environment), settings.LogPath);
    }

    /// <summary>The executable to start; null with the reason where there is none.</summary>
    /// <param name="settings">Where to look.</param>
    /// <param name="searchPath">The value of <c>PATH</c>.</param>
    /// <param name="reason">What is missing and what to do, for people.</param>
    public static string? Find(OllamaServeSettings settings, string? searchPath, out string reason)
    {
        reason = "";
        if (settings.Executable is { Length: > 0 } configured)
        {
            var found = ExecutableSearch.Check(Path.GetFullPath(configured));
            reason = found is null ? $"engines.ollama.executable: there is no executable file at {configured}" : "";
            return found;
        }

        var executable = ExecutableSearch.OnPath("ollama", searchPath) ?? settings.Installed.FindExecutable();
        if (executable is null)
        {
            reason = $"nothing answers at {settings.Url} and Ollama is not installed. {OllamaAdvice.HowToGet}";
        }

        return executable;
    }
}
