using Homelab.Contracts;

namespace Homelab.Roles.Daemon.Link;

/// <summary>A command that this machine took from a hub, and what is to be said of it. Only under the executor's lock.</summary>
internal sealed class TakenCommand(string id, CancellationTokenSource? cancel)
{
    public string Id => id;

    /// <summary>Ends its work; null where there is none.</summary>
    public CancellationTokenSource? Cancel => cancel;

    /// <summary>What is to be said now.</summary>
    public CommandResultWire Said { get; private set; } = new(id, "accepted");

    /// <summary>Sequence of the first heartbeat that carried what is said now; 0: none did.</summary>
    public long CarriedIn { get; set; }

    /// <summary>Whether the hub has it.</summary>
    public bool IsHeard { get; private set; }

    /// <summary>Whether the hub asked for its end.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>When its end was said, as a timestamp; null while it runs.</summary>
    public long? EndedAt { get; private set; }

    /// <summary>Says something else from now on; nothing once its end was said.</summary>
    public void Say(CommandResultWire said, long? endedAt)
    {
        if (EndedAt is null)
        {
            Said = said;
            EndedAt = endedAt;
            SayAgain();
        }
    }

    /// <summary>Says the same once more: the hub has not heard it.</summary>
    public void SayAgain() => (CarriedIn, IsHeard) = (0, false);

    /// <summary>An acknowledgement came.</summary>
    /// <param name="sequence">The heartbeat that the hub has.</param>
    public void Heard(long sequence)
    {
        if (!IsHeard && CarriedIn > 0 && CarriedIn <= sequence)
        {
            // What was read of files is large; commands are remembered for long.
            (IsHeard, Said) = (true, Said with { Infra = null });
        }
    }
}
