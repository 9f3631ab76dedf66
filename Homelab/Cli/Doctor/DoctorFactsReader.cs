using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using Homelab.Clients;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Domain.Memory;
using Homelab.Engines;
using Homelab.Engines.Ollama;
using Homelab.Telemetry;

namespace Homelab.Cli.Doctor;

/// <summary>Reads what the checks judge: files, sockets, the daemon, Ollama. Changes nothing, loads nothing, never throws for what it finds.</summary>
/// <param name="context">The invocation.</param>
/// <param name="configPath">The configuration file; null for the usual one.</param>
internal sealed class DoctorFactsReader(CommandContext context, string? configPath)
{
    private static readonly TimeSpan OllamaPatience = TimeSpan.FromSeconds(5);
    private readonly CliEnvironment _world = context.World;

    public async Task<DoctorFacts> ReadAsync(CancellationToken cancellation)
    {
        var loaded = ConfigurationLoader.Load(configPath, _world.Variables);
        var config = loaded.Config ?? new HomelabConfig();
        var daemon = ReadDaemonAsync(cancellation);
        var ollama = ReadOllamaAsync(config.Daemon.Engines.Ollama.Url, cancellation);
        var (status, problem) = await daemon.ConfigureAwait(false);
        var models = ModelsFolder();
        return new DoctorFacts
        {
            Loaded = loaded,
            Variables = _world.Variables,
            Address = context.Client.Address,
            Daemon = status,
            DaemonProblem = problem,
            Ollama = await ollama.ConfigureAwait(false),
            OllamaExecutable = FindExecutable(config.Daemon.Engines.Ollama),
            Devices = ReadDevices(config),
            LeftOut = _world.Probe.LeftOut,
            Gpu = GpuPresence.Find("/"),
            Unit = OperatingSystem.IsLinux() ? OllamaUnit.Read("/") : OllamaUnit.None,
            Listeners = ReadListeners(),
            ModelsFolder = models,
            FreeDiskBytes = FreeBytes(models),
            Files = [.. new[] { _world.Folder.Root, loaded.File ?? _world.Folder.Configuration, _world.Folder.State }.Select(ReadFile)],
            Version = BuildInformation.Version,
            Now = context.Now,
        };
    }

    private async Task<(StatusWire? Status, ControlException? Problem)> ReadDaemonAsync(CancellationToken cancellation)
    {
        try
        {
            return (await context.Client.StatusAsync(cancellation).ConfigureAwait(false), null);
        }
        catch (ControlException problem)
        {
            return (null, problem);
        }
    }

    private async Task<OllamaReading> ReadOllamaAsync(string url, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            return new OllamaReading(null, "its address cannot be read", []);
        }

        using var patience = new CancellationTokenSource(OllamaPatience, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        using var client = new OllamaClient(new OllamaTransport(address, context.Time));
        try
        {
            var version = await client.VersionAsync(either.Token).ConfigureAwait(false);
            var tags = await client.TagsAsync(either.Token).ConfigureAwait(false);
            return new OllamaReading(version, null, [.. OllamaInventoryReader.Installed(tags).Where(t => !DerivedModelName.IsDerived(t.Name))]);
        }
        catch (EngineException problem)
        {
            return new OllamaReading(null, problem.Message, []);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new OllamaReading(null, "no answer in time", []);
        }
    }

    private ImmutableArray<DeviceReading> ReadDevices(HomelabConfig config) => config.Daemon.Memory.Devices is { Count: > 0 } declared
        ? [.. declared.Select(d => new DeviceReading(d.Name, d.Kind, d.Total, null))]
        : _world.Probe.Read();

    private string? FindExecutable(OllamaConfig config)
    {
        var name = OperatingSystem.IsWindows() ? "ollama.exe" : "ollama";
        if (config.Executable is { Length: > 0 } chosen)
        {
            var path = UserPath.Expand(chosen, _world.Variables);
            return File.Exists(path) ? path : null;
        }

        return (_world.Variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(Path.Combine(_world.Folder.Engines, "ollama", "bin"))
            .Append(Path.Combine(_world.Folder.Engines, "ollama"))
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    private string ModelsFolder()
    {
        // Debian's and the official installer's service keeps them in its own home.
        const string service = "/usr/share/ollama/.ollama/models";
        var own = UserPath.Expand("~/.ollama/models", _world.Variables);
        return _world.Variable("OLLAMA_MODELS") is { Length: > 0 } set ? UserPath.Expand(set, _world.Variables)
            : !Directory.Exists(own) && Directory.Exists(service) ? service
            : own;
    }

    private static IPEndPoint[] ReadListeners()
    {
        try
        {
            return IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();
        }
        catch (Exception problem) when (problem is NetworkInformationException or IOException or PlatformNotSupportedException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static long? FreeBytes(string folder)
    {
        try
        {
            for (var existing = folder; existing is { Length: > 0 }; existing = Path.GetDirectoryName(existing))
            {
                if (Directory.Exists(existing))
                {
                    return new DriveInfo(existing).AvailableFreeSpace;
                }
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Said as unknown.
        }

        return null;
    }

    private static FileReading ReadFile(string path)
    {
        try
        {
            if (!File.Exists(path) && !Directory.Exists(path))
            {
                return new FileReading(path, null, null);
            }

            return new FileReading(path, OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(path), new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new FileReading(path, null, null);
        }
    }
}
