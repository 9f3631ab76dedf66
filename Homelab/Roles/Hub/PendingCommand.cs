using Homelab.Contracts;
using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;

namespace Homelab.Roles.Hub;

/// <summary>A command that somebody waits for.</summary>
internal sealed class PendingCommand(string id, string node, InfraQueryWire? query = null)
{
    private readonly TaskCompletionSource<CommandOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CommandProgress? _progress;
    private InfraAnswerWire? _answer;

    public string Id => id;

    /// <summary>Id of the node that it goes to.</summary>
    public string Node => node;

    /// <summary>Which files it asks for; null: none.</summary>
    public InfraQueryWire? Query => query;

    /// <summary>What was brought of them; there before the end is told.</summary>
    public InfraAnswerWire? Answer
    {
        get => Volatile.Read(ref _answer);
        set => Volatile.Write(ref _answer, value);
    }

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
