namespace Homelab.Domain.Nodes;

/// <summary>How a node was found to serve a model the last time it was in memory there; a figure that was never measured is null.</summary>
/// <param name="ServiceTime">Mean time that a request holds a lease.</param>
/// <param name="PrefillRate">Tokens of prompt a second.</param>
/// <param name="DecodeRate">Tokens of answer a second.</param>
/// <param name="Capacity">Leases granted at the same time; at least 1.</param>
internal sealed record ModelMeasure(TimeSpan? ServiceTime, double? PrefillRate, double? DecodeRate, int Capacity)
{
    /// <summary>Less than this is the noise of measuring.</summary>
    private const double NewsFrom = 0.1;

    /// <summary>Whether a later one says enough else to be kept in its place.</summary>
    public bool IsOverturnedBy(ModelMeasure later) =>
        Capacity != later.Capacity
        || Differ(ServiceTime?.TotalSeconds, later.ServiceTime?.TotalSeconds) || Differ(PrefillRate, later.PrefillRate) || Differ(DecodeRate, later.DecodeRate);

    /// <summary>With an earlier one's figures where this one has none.</summary>
    public ModelMeasure Over(ModelMeasure earlier) =>
        new(ServiceTime ?? earlier.ServiceTime, PrefillRate ?? earlier.PrefillRate, DecodeRate ?? earlier.DecodeRate, Capacity);

    private static bool Differ(double? mine, double? theirs) =>
        mine is null ? theirs is not null : theirs is { } other && Math.Abs(other - mine.Value) > NewsFrom * mine.Value;
}
