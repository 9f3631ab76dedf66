using Homelab.Clients;

namespace Homelab.Roles.Daemon.Link;

/// <summary>Keeps the cluster's models as one hub tells them: read again where the hub says that they changed, one reading at a time. Any thread.</summary>
internal sealed class ClusterModelsReader(HubClient client, string nodeId, ILogger log)
{
    private readonly Lock _lock = new();
    private volatile ClusterModels _models = ClusterModels.Unknown;
    private (long Epoch, long Version)? _read;
    private (long Epoch, long Version) _wanted;
    private bool _reading;

    /// <summary>As last told; kept while the hub does not answer.</summary>
    public ClusterModels Models => _models;

    /// <summary>The hub has these now.</summary>
    /// <param name="version">Of its list, with its epoch: a hub that starts again counts anew.</param>
    /// <param name="credential">This machine's.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public void Want((long Epoch, long Version) version, string credential, CancellationToken cancellation)
    {
        lock (_lock)
        {
            _wanted = version;
            if (_reading || _read == version)
            {
                return;
            }

            _reading = true;
        }

        _ = ReadAsync(credential, cancellation);
    }

    private async Task ReadAsync(string credential, CancellationToken cancellation)
    {
        await Task.Yield();
        while (true)
        {
            (long, long) version;
            lock (_lock)
            {
                version = _wanted;
                if (_read == version)
                {
                    _reading = false;
                    return;
                }
            }

            try
            {
                _models = ClusterModels.From(await client.ModelsAsync(credential, cancellation).ConfigureAwait(false), nodeId);
                lock (_lock)
                {
                    _read = version;
                }
            }
            catch (Exception problem) when (problem is ControlException or OperationCanceledException)
            {
                // The next answer of the hub wants them again.
                log.LogDebug("the cluster's models could not be read: {Problem}", problem.Message);
                lock (_lock)
                {
                    _reading = false;
                }

                return;
            }
        }
    }
}
