using System.Collections.Concurrent;
using System.Globalization;
using Homelab.Contracts;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;

namespace Homelab.Roles.Hub;

/// <summary>The commands that somebody ordered and waits for. Ordered from any thread, ended on the cluster's loop. What is asked of files and what is answered stays here:
/// the cluster's state only knows that something was asked.</summary>
internal sealed class CommandDesk(ClusterLoop loop, long epoch)
{
    private readonly ConcurrentDictionary<string, PendingCommand> _pending = new(StringComparer.Ordinal);
    private long _lastId;

    /// <summary>Orders something without waiting for it.</summary>
    public async Task PostAsync(CommandKind kind, string node, ModelName model, TimeSpan deadline, CancellationToken cancellation) =>
        await loop.PostAsync(new ClusterEvent.CommandWanted(New(kind, node, model, deadline)), cancellation).ConfigureAwait(false);

    /// <summary>Orders something. It goes on where nobody waits for it any more.</summary>
    public Task<PendingCommand> StartAsync(CommandKind kind, string node, ModelName model, TimeSpan deadline, CancellationToken cancellation) =>
        StartAsync(New(kind, node, model, deadline), null, cancellation);

    /// <summary>Asks a node for files.</summary>
    public Task<PendingCommand> AskAsync(CommandKind kind, string node, InfraQueryWire query, TimeSpan deadline, CancellationToken cancellation) =>
        StartAsync(New(kind, node, null, deadline), query, cancellation);

    /// <summary>Which files a command asks for; null where it asks for none, or is over.</summary>
    public InfraQueryWire? QueryOf(string id) => _pending.TryGetValue(id, out var pending) ? pending.Query : null;

    /// <summary>Takes in what a node brought of its files, before its heartbeat is judged; of another's command it brings nothing.</summary>
    public void Bring(string node, IReadOnlyList<CommandResultWire>? results)
    {
        foreach (var result in results ?? [])
        {
            if (result is { Infra: { } answer, Id: not null } && _pending.TryGetValue(result.Id, out var pending) && pending.Node == node)
            {
                pending.Answer = answer;
            }
        }
    }

    private async Task<PendingCommand> StartAsync(ClusterCommand command, InfraQueryWire? query, CancellationToken cancellation)
    {
        var pending = new PendingCommand(command.Id, command.Node, query);
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

    private ClusterCommand New(CommandKind kind, string node, ModelName? model, TimeSpan deadline) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{epoch}-op-{Interlocked.Increment(ref _lastId)}"), node, kind, model, loop.Now + deadline);
}
