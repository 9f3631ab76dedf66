using System.Text.Json;
using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Persistence;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon;

/// <summary>What the daemon keeps in <c>state/</c>. A disk that is full, read-only or torn never stops the serving: the fault is logged
/// and the daemon goes on from memory.</summary>
internal sealed class DaemonState(HomelabFolder folder, ILogger log)
{
    private readonly Lock _writing = new();

    private string Calibration => Path.Combine(folder.State, "calibration.json");

    private string Identity => Path.Combine(folder.State, "node.json");

    private string Running => Path.Combine(folder.State, "daemon.json");

    /// <summary>The corrections of earlier runs; none where there are none that can be read.</summary>
    public EstimateCorrections LoadCorrections()
    {
        try
        {
            if (AtomicFile.Read(Calibration) is { } bytes
                && JsonSerializer.Deserialize(bytes, StateJson.Default.CalibrationDocument) is { Version: CalibrationDocument.CurrentVersion } document)
            {
                return document.ToCorrections();
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            log.LogWarning("what was learnt about memory could not be read ({Problem}); it is learnt again", fault.Message);
        }

        return EstimateCorrections.Empty;
    }

    public void SaveCorrections(EstimateCorrections corrections) =>
        Save(Calibration, JsonSerializer.SerializeToUtf8Bytes(CalibrationDocument.Of(corrections), StateJson.Default.CalibrationDocument));

    /// <summary>Who this node is; made at the first start.</summary>
    public string LoadOrMakeNodeId()
    {
        try
        {
            if (AtomicFile.Read(Identity) is { } bytes
                && JsonSerializer.Deserialize(bytes, StateJson.Default.NodeIdentityDocument) is { Id.Length: 32 } known)
            {
                return known.Id;
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            log.LogWarning("this node's identity could not be read ({Problem}); it gets a new one", fault.Message);
        }

        var made = new NodeIdentityDocument { Id = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)) };
        Save(Identity, JsonSerializer.SerializeToUtf8Bytes(made, StateJson.Default.NodeIdentityDocument));
        return made.Id;
    }

    /// <summary>Says where the daemon listens, for scripts.</summary>
    public void SaveRunning(IReadOnlyList<string> urls) =>
        Save(Running, JsonSerializer.SerializeToUtf8Bytes(new RunningDaemonDocument { Pid = Environment.ProcessId, Urls = [.. urls], Version = BuildInformation.Version }, StateJson.Default.RunningDaemonDocument));

    public void DeleteRunning()
    {
        try
        {
            File.Delete(Running);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("{File} could not be deleted: {Problem}", Running, fault.Message);
        }
    }

    private void Save(string path, byte[] content)
    {
        try
        {
            lock (_writing)
            {
                AtomicFile.Replace(path, content);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("{File} could not be written ({Problem}); the daemon goes on from memory", path, fault.Message);
        }
    }
}
