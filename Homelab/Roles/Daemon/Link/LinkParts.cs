using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Link;

/// <summary>What every link of this machine is built from.</summary>
/// <param name="NodeId">Who this machine is.</param>
/// <param name="NodeName">As its configuration calls it.</param>
/// <param name="Reporter">Puts its state into heartbeats.</param>
/// <param name="Credentials">What it shows to its hubs.</param>
/// <param name="JoinToken">What it may exchange for a credential; null: nothing.</param>
/// <param name="MakeExecutor">Makes what carries out a hub's commands, told whom to call where there is something to say.</param>
/// <param name="Announce">Tells people and programs.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">For the operator; never told a secret.</param>
internal sealed record LinkParts(
    string NodeId,
    string NodeName,
    NodeReporter Reporter,
    HubCredentials Credentials,
    string? JoinToken,
    Func<Action, CommandExecutor> MakeExecutor,
    Action<Announcement> Announce,
    TimeProvider Time,
    ILogger Log)
{
    /// <summary>Makes what holds replicas for the requests that a hub sends straight to the engine; one for each hub.</summary>
    public required Func<ExternalLeases> ExternalLeases { get; init; }

    /// <summary>Of the randomness that spreads machines out in time.</summary>
    public required int Seed { get; init; }
}
