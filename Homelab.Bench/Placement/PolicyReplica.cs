namespace Homelab.Bench.Placement;

/// <summary>A model in a simulated node's memory, or waiting for room there.</summary>
internal sealed class PolicyReplica(int model)
{
    public int Model { get; } = model;

    /// <summary>Whether it has its memory.</summary>
    public bool Placed { get; set; }

    public bool Hot { get; set; }

    /// <summary>Takes nothing more, because another model has waited too long for its room.</summary>
    public bool Yielding { get; set; }

    public double ReadyAt { get; set; }

    public double LoadedAt { get; set; }

    public int Running { get; set; }

    public Queue<PolicyRequest> Waiting { get; } = new();

    public double LastUsed { get; set; }

    /// <summary>Uses a second, decaying as on a node.</summary>
    public double Rate { get; set; }

    public double RatedAt { get; set; }

    public bool IsIdle => Placed && Hot && Running == 0 && Waiting.Count == 0;

    public int Outstanding => Running + Waiting.Count;

    public double RateAt(double now) => Rate * Math.Exp(-(now - RatedAt) / 300);

    public void Use(double now)
    {
        Rate = RateAt(now) + (1 / 300.0);
        RatedAt = now;
        LastUsed = now;
    }
}
