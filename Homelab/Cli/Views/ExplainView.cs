using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What <c>explain</c> shows: the decision, what the model needs and why, and every node with its cost, term by term.</summary>
internal static class ExplainView
{
    public static Report Build(ExplainWire explain, DateTimeOffset now)
    {
        var report = new Report()
            .Line(Cell.Of(explain.Model, Tone.Strong).Then(explain.Asked is { } asked && !explain.Model.StartsWith(asked, StringComparison.OrdinalIgnoreCase) ? $" (for '{asked}')" : "").Then(": ").Then(Words(explain.Decision), ToneOf(explain.Decision)))
            .Line(explain.Why);
        if (explain.Estimate is { } estimate)
        {
            EstimateView.Add(report.Gap(), estimate);
        }

        if (explain.Candidates.Count > 0)
        {
            report.Gap().Table(Candidates(explain));
        }

        var victims = explain.Candidates.SelectMany(c => (c.Victims ?? []).Select(v => (Candidate: c, Victim: v))).ToList();
        if (victims.Count > 0)
        {
            report.Gap().Table(Victims(victims, now));
        }

        var options = explain.Candidates.SelectMany(c => (c.Options ?? []).Select(o => (Candidate: c, Option: o))).ToList();
        if (options.Count > 1)
        {
            report.Gap().Table(Options(options));
        }

        return report;
    }

    private static Grid Options(List<(CandidateWire Candidate, EvictionOptionWire Option)> options)
    {
        var grid = new Grid(
            new Column("", Optional: true),
            new Column("COULD EVICT"),
            new Column("FOR"),
            new Column("FREES", Right: true),
            new Column("COST", Right: true));
        foreach (var (candidate, option) in options)
        {
            grid.Add(
                option.Chosen ? Cell.Of("*", Tone.Good) : "",
                Cell.Of(string.Join(", ", option.Victims), option.Chosen ? Tone.Strong : Tone.Muted),
                candidate.Name,
                Units.Bytes(option.Bytes),
                Units.Seconds(option.CostSeconds));
        }

        return grid;
    }

    private static Grid Candidates(ExplainWire explain)
    {
        var grid = new Grid(
            new Column("", Optional: true),
            new Column("CANDIDATE"),
            new Column("DECISION"),
            new Column("QUEUE", Right: true),
            new Column("LOAD", Right: true),
            new Column("EVICTION", Right: true),
            new Column("PREFILL", Right: true, Optional: true),
            new Column("TOTAL", Right: true),
            new Column("ON", Optional: true),
            new Column("WHY", Optional: true));
        foreach (var candidate in explain.Candidates)
        {
            var cost = candidate.Cost;
            grid.Add(
                explain.Chosen is { } chosen && (candidate.Name == chosen || candidate.Node == chosen) ? Cell.Of("*", Tone.Good) : "",
                Cell.Of(candidate.Name, Tone.Strong),
                Cell.Of(Words(candidate.Decision), ToneOf(candidate.Decision)),
                Term(cost?.QueueSeconds),
                Term(cost?.LoadSeconds),
                Term(cost?.EvictionSeconds),
                cost?.PrefillSeconds is { } prefill ? Units.Seconds(prefill) : "",
                Term(cost?.TotalSeconds),
                string.Join(", ", (candidate.Allocation ?? []).Select(a => $"{a.Device} {Units.Bytes(a.Bytes)}")),
                candidate.Why == explain.Why ? "" : candidate.Why);
        }

        return grid;
    }

    private static Grid Victims(List<(CandidateWire Candidate, VictimWire Victim)> victims, DateTimeOffset now)
    {
        var grid = new Grid(
            new Column("EVICTS"),
            new Column("FOR"),
            new Column("FREES", Right: true),
            new Column("RELOAD", Right: true),
            new Column("LAST USED", Right: true));
        foreach (var (candidate, victim) in victims)
        {
            grid.Add(
                Cell.Of(victim.Model, Tone.Strong),
                candidate.Name,
                Units.Bytes(victim.Bytes),
                Units.Seconds(victim.ReloadSeconds),
                victim.LastUsed is { } used ? Units.Ago(used, now) : "-");
        }

        return grid;
    }

    private static string Term(double? seconds) => seconds is { } value ? Units.Seconds(value) : "-";

    private static string Words(string decision) => decision.Replace('_', ' ');

    private static Tone ToneOf(string decision) => decision switch
    {
        "hot" or "fits" => Tone.Good,
        "loading" or "evict_then_load" or "wait" or "delegate" or "shard" => Tone.Busy,
        "unknown" or "backing_off" => Tone.Warning,
        _ => Tone.Bad,
    };
}
