using System.Collections.Concurrent;
using System.Globalization;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Roles.Hub;

/// <summary>The commands that somebody ordered and waits for. Ordered from any thread, ended on the cluster's loop.</summary>
internal sealed class CommandDesk(ClusterLoop loop, long epoch)
{
    private readonly ConcurrentDictionary<string, PendingCommand> _pending = new(StringComparer.Ordinal);
    private long _lastId;

    /// <summary>Orders something without waiting for it.</summary>
    public async Task PostAsync(CommandKind kind, string node, ModelName model, TimeSpan deadline, CancellationToken cancellation) =>
        await loop.PostAsync(new ClusterEvent.CommandWanted(New(kind, node, model, deadline)), cancellation).ConfigureAwait(false);

    /// <summary>Orders something. It goes on where nobody waits for it any more.</summary>
    public async Task<PendingCommand> StartAsync(CommandKind kind, string node, ModelName model, TimeSpan deadline, CancellationToken cancellation)
    {
        var command = New(kind, node, model, deadline);
        var pending = new PendingCommand(command.Id);
        _pending[command.Id] = pending;
        try
        {
            await loop.PostAsync(new ClusterEvent.CommandWanted(command), cancellation).ConfigureAwait(false);
        }
        catch
        {
            // Never ordered, so never ended.
            _pending.TryRemove(command.Id, out _);
            throw;
        }

        return pending;
    }

    /// <summary>Called on the loop.</summary>
    public void Move(string id, CommandProgress progress)
    {
        if (_pending.TryGetValue(id, out var pending))
        {
            pending.Progress = progress;
        }
    }

    /// <summary>Called on the loop.</summary>
    public void End(string id, CommandOutcome outcome)
    {
        if (_pending.TryRemove(id, out var pending))
        {
            pending.End(outcome);
        }
    }

    private ClusterCommand New(CommandKind kind, string node, ModelName model, TimeSpan deadline) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{epoch}-op-{Interlocked.Increment(ref _lastId)}"), node, kind, model, loop.Now + deadline);
}
