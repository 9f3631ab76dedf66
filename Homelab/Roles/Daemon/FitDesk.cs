using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon;

/// <summary>Says whether a model fits this machine, to whoever asks: a client, or the hub for one. Changes nothing.</summary>
/// <param name="parts">Of the daemon.</param>
/// <param name="operations">Knows models by their names.</param>
/// <param name="inspect">Reads a model's metadata and tells the loop.</param>
internal sealed class FitDesk(DaemonParts parts, ModelOperations operations, Func<ModelName, Task> inspect)
{
    /// <summary>Why there is no answer.</summary>
    public string NotFound(string asked) => operations.NotFound(asked).Error!.Message;

    /// <summary>The answer; null for a model that is not on this machine.</summary>
    /// <param name="asked">Name or alias.</param>
    /// <param name="context">Tokens for each sequence; null: what a load would get.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<FitWire?> AnswerAsync(string asked, int? context, CancellationToken cancellation)
    {
        if (operations.Find(asked) is not { } target)
        {
            return null;
        }

        var model = target.Local.Name;
        await ModelInspection.UntilKnownAsync(parts.Loop, model, inspect, cancellation).ConfigureAwait(false);
        var snapshot = parts.Loop.Snapshot;
        return snapshot.Models.GetValueOrDefault(model) is { Installed: not null } record
            ? FitWires.Of(FitPlanner.Of(snapshot, record, context), model.Value, parts.Settings.NodeName, record.Facts)
            : null;
    }
}
