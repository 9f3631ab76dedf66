namespace Homelab.Domain.Nodes;

/// <summary>What a node says of one command; repeated until the hub has acknowledged a heartbeat that carried it.</summary>
/// <param name="Id">Of the command.</param>
/// <param name="Status">How far it is.</param>
internal sealed record CommandReport(string Id, CommandStatus Status)
{
    /// <summary>While it runs.</summary>
    public CommandProgress? Progress { get; init; }

    /// <summary>Why it failed or was rejected, an <c>error.code</c> of the client surface; null otherwise.</summary>
    public string? Code { get; init; }

    /// <summary>The same for people.</summary>
    public string? Message { get; init; }

    /// <summary>Once done.</summary>
    public CommandResult? Result { get; init; }

    /// <summary>Whether nothing more will follow.</summary>
    public bool IsFinal => Status is not (CommandStatus.Accepted or CommandStatus.Running);
}
