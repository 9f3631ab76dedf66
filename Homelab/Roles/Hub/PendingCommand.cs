using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;

namespace Homelab.Roles.Hub;

/// <summary>A command that somebody waits for.</summary>
internal sealed class PendingCommand(string id)
{
    private readonly TaskCompletionSource<CommandOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CommandProgress? _progress;

    public string Id => id;

    /// <summary>The last report; null before the first.</summary>
    public CommandProgress? Progress
    {
        get => Volatile.Read(ref _progress);
        set => Volatile.Write(ref _progress, value);
    }

    /// <summary>How it ended.</summary>
    public Task<CommandOutcome> Outcome => _outcome.Task;

    public void End(CommandOutcome outcome) => _outcome.TrySetResult(outcome);
}
