namespace Homelab.Bench.Placement;

/// <summary>A simulated machine.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Gib">Memory for models.</param>
/// <param name="LoadRate">GiB a second.</param>
internal sealed record PolicyNode(int Index, int Gib, double LoadRate)
{
    /// <summary>Requests that a replica serves at once.</summary>
    public const int Places = 4;

    /// <summary>By model; those that wait for room included.</summary>
    public SortedDictionary<int, PolicyReplica> Replicas { get; } = [];

    /// <summary>Whether room is looked for again soon anyway.</summary>
    public bool RetryPlanned { get; set; }

    public int Free => Gib - Replicas.Values.Where(r => r.Placed).Sum(r => PolicyTrace.Sizes[r.Model]);

    public double LoadSeconds(int model) => PolicyTrace.Sizes[model] / LoadRate;

    public bool CanHold(int model) => PolicyTrace.Sizes[model] <= Gib;
}
