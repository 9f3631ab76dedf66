using Homelab.Configuration;

namespace Homelab.Engines.Ollama;

/// <summary>Installs the official release of Ollama into homelab's own folder, without root: finds the version, downloads with resume, checks the sum, unpacks
/// beside the old one and puts it in its place at the end. One at a time on a machine; a broken try leaves what was there.</summary>
internal sealed class OllamaInstaller(Uri releases, OllamaFolder folder, TimeProvider time)
{
    /// <summary>Does what <c>engines.ollama.install</c> says where there is no Ollama.</summary>
    /// <param name="mode">What it says.</param>
    /// <param name="ask">Asks the person at the terminal; null where there is none.</param>
    /// <param name="progress">Told of each step and each transferred block.</param>
    /// <param name="cancellation">Ends it; what was transferred stays for the next time.</param>
    /// <returns>The path of the executable; null where nothing was installed, with what to tell the user instead.</returns>
    public async Task<(string? Executable, string Message)> OfferAsync(
        InstallMode mode, Func<string, CancellationToken, Task<bool>>? ask, Action<InstallProgress> progress, CancellationToken cancellation)
    {
        var wanted = mode switch
        {
            InstallMode.Auto => true,
            InstallMode.Ask when ask is not null => await ask($"Ollama is not installed. Download the official release from {releases} to {folder.Current}?", cancellation),
            _ => false,
        };
        if (!wanted)
        {
            return (null, $"Ollama is not installed. {OllamaAdvice.HowToGet}");
        }

        var executable = await InstallAsync(null, progress, cancellation);
        return (executable, $"Ollama is installed: {executable}");
    }

    /// <summary>Installs a version, or the latest.</summary>
    /// <returns>The path of the executable.</returns>
    /// <exception cref="InstallException">It failed; the message says why and what was there is unchanged.</exception>
    public async Task<string> InstallAsync(string? version, Action<InstallProgress> progress, CancellationToken cancellation)
    {
        using var turn = Lock();
        using var http = new ReleaseHttp(time);
        try
        {
            progress(new InstallProgress("looking for the release"));
            var release = await FindAsync(http, version, cancellation);
            var archive = Path.Combine(folder.Downloads, $"{release.Version}-{release.Asset}");
            RemoveOthers(archive);
            await new ResumableDownload(http, time).FetchAsync(At(release.Version, release.Asset), archive, release.Sha256, progress, cancellation);

            progress(new InstallProgress($"unpacking {release.Asset}"));
            DeleteFolder(folder.Unpacking);
            await ArchiveReader.UnpackAsync(archive, folder.Unpacking, cancellation);
            if (OllamaFolder.FindExecutable(folder.Unpacking) is null)
            {
                throw new InstallException($"{release.Asset} holds no executable named ollama; nothing was installed");
            }

            Switch();
            ResumableDownload.Discard(archive);
            progress(new InstallProgress($"Ollama {release.Version} is installed"));
            return folder.FindExecutable()!;
        }
        catch (HttpRequestException exception)
        {
            throw new InstallException($"{releases} cannot be reached", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"cannot write to {Path.GetDirectoryName(folder.Current)}, or the connection was lost", exception);
        }
        finally
        {
            DeleteFolder(folder.Unpacking);
        }
    }

    private async Task<OllamaRelease> FindAsync(ReleaseHttp http, string? version, CancellationToken cancellation)
    {
        if (version is null)
        {
            var target = await http.RedirectOfAsync(new Uri(releases, "latest"), cancellation);
            version = target.Segments[^1];
        }

        version = OllamaRelease.ParseVersion(version) ?? throw new InstallException($"'{OllamaErrors.Clean(version)}' is not a version of Ollama");
        var sums = await http.TextAsync(At(version, "sha256sum.txt"), 1 << 20, cancellation);
        return OllamaRelease.FromChecksums(version, sums, OllamaRelease.AssetNames(OllamaRelease.CurrentSystem, System.Runtime.InteropServices.RuntimeInformation.OSArchitecture));
    }

    private Uri At(string version, string file) => new(releases, $"download/v{version}/{file}");

    // Two renames: a crash between them leaves the former release under its own name, and the next try or start puts it back.
    private void Switch()
    {
        DeleteFolder(folder.Former);
        if (Directory.Exists(folder.Current))
        {
            Directory.Move(folder.Current, folder.Former);
        }

        Directory.Move(folder.Unpacking, folder.Current);
        DeleteFolder(folder.Former);
    }

    private FileStream Lock()
    {
        try
        {
            Directory.CreateDirectory(folder.Downloads);
            var turn = new FileStream(Path.Combine(folder.Downloads, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (!Directory.Exists(folder.Current) && Directory.Exists(folder.Former))
            {
                Directory.Move(folder.Former, folder.Current);
            }

            return turn;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"another installation is under way, or {folder.Downloads} cannot be written", exception);
        }
    }

    private void RemoveOthers(string archive)
    {
        foreach (var file in Directory.EnumerateFiles(folder.Downloads, "*-ollama-*").Where(file => !file.StartsWith(archive, StringComparison.Ordinal)))
        {
            File.Delete(file);
        }
    }

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
