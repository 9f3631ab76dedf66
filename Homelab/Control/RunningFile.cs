using System.Text.Json;
using Homelab.Configuration;
using Homelab.Persistence;
using Homelab.Telemetry;

namespace Homelab.Control;

/// <summary><c>state/ROLE.json</c>: where a role that runs now listens, for scripts. Deleted at a clean stop. A disk that refuses is logged and does no harm.</summary>
internal sealed class RunningFile : IDisposable
{
    private readonly string _path;
    private readonly ILogger _log;

    private RunningFile(string path, ILogger log)
    {
        _path = path;
        _log = log;
    }

    /// <param name="folder">Where the state folder is.</param>
    /// <param name="role">The role that runs.</param>
    /// <param name="urls">Base URLs that it listens at.</param>
    /// <param name="log">For a disk that refuses.</param>
    public static RunningFile Write(HomelabFolder folder, string role, IReadOnlyList<string> urls, ILogger log)
    {
        var file = new RunningFile(Path.Combine(folder.State, role + ".json"), log);
        try
        {
            AtomicFile.Replace(file._path, JsonSerializer.SerializeToUtf8Bytes(new RunningDocument(Environment.ProcessId, urls, BuildInformation.Version), ControlJson.Default.RunningDocument));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("{File} could not be written: {Problem}", file._path, DiskError.Describe(fault));
        }

        return file;
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("{File} could not be deleted: {Problem}", _path, DiskError.Describe(fault));
        }
    }
}
