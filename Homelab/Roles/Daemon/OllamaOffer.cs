using Homelab.Configuration;
using Homelab.Control;
using Homelab.Engines.Ollama;

namespace Homelab.Roles.Daemon;

/// <summary><c>engines.ollama.install</c>: what the daemon does at its start where this machine has no Ollama. The supervisor finds
/// and starts what was installed by itself.</summary>
internal sealed class OllamaOffer(OllamaInstaller installer, InstallMode mode, RoleConsole console)
{
    private const long StepsShown = 20;

    private long _shown = -1;

    /// <summary>Asks, downloads or says how to get it. A failed installation is reported and the daemon goes on without an engine.</summary>
    public async Task MakeAsync(CancellationToken cancellation)
    {
        try
        {
            var (_, message) = await installer.OfferAsync(mode, console.Ask, Show, cancellation).ConfigureAwait(false);
            await console.Output.WriteLineAsync(message).ConfigureAwait(false);
        }
        catch (InstallException problem)
        {
            await console.Errors.WriteLineAsync($"Ollama could not be installed: {problem.Message}").ConfigureAwait(false);
        }
    }

    /// <summary>A line for each step and each twentieth of the download, with rate and time left: readable in a log as well.</summary>
    private void Show(InstallProgress progress)
    {
        if (progress.Total <= 0)
        {
            _shown = -1;
            console.Output.WriteLine(progress.Step);
            return;
        }

        var share = progress.Bytes * StepsShown / progress.Total;
        if (share == _shown)
        {
            return;
        }

        _shown = share;
        var filled = new string('#', (int)share) + new string('.', (int)(StepsShown - share));
        var left = progress.BytesPerSecond > 0 ? $", {(progress.Total - progress.Bytes) / progress.BytesPerSecond:0} s left" : "";
        console.Output.WriteLine($"[{filled}] {Mebibytes(progress.Bytes)} of {Mebibytes(progress.Total)}, {Mebibytes((long)progress.BytesPerSecond)}/s{left}");
    }

    private static string Mebibytes(long bytes) => $"{bytes / 1048576.0:0.#} MiB";
}
