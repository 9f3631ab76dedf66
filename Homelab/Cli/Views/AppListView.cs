using Homelab.Cli.Output;
using Homelab.Contracts;
using Homelab.Telemetry;

namespace Homelab.Cli.Views;

/// <summary>What <c>apps</c> shows: a table, and under it in full why something does not work.</summary>
internal static class AppListView
{
    public static Report Build(IReadOnlyList<AppWire> apps, IReadOnlyList<string> warnings)
    {
        if (apps.Count == 0)
        {
            var none = new Report().Line("There is no app yet. Put a manifest into ~/.homelab/apps; the README shows some (Apps).");
            foreach (var warning in warnings)
            {
                none.Line(Cell.Of(Printable.OneLine(warning, 2000), Tone.Warning));
            }

            return none;
        }

        var several = apps.Select(a => a.Node).Distinct(StringComparer.Ordinal).Count() > 1;
        var grid = new Grid(
            new Column("APP"),
            new Column("STATE"),
            new Column("MODELS", Optional: true),
            new Column("MEMORY", Right: true),
            new Column("REQUESTS", Right: true, Optional: true),
            new Column("IDLE", Optional: true),
            new Column("NODE", Optional: true),
            new Column("NOTES", Optional: true));
        foreach (var app in apps)
        {
            grid.Add(
                Cell.Of(app.Name, Tone.Strong),
                StateTone.Show(app.State),
                string.Join(", ", app.Models),
                app.VramBytes + app.RamBytes > 0 ? Units.Bytes(app.VramBytes + app.RamBytes) : "-",
                app.Leases > 0 ? Units.Count(app.Leases, "request") : "",
                Idle(app),
                several ? app.Node : "",
                Notes(app));
        }

        var report = new Report().Table(grid);
        foreach (var app in apps)
        {
            Explain(report, app);
        }

        return report;
    }

    private static string Idle(AppWire app) => app.IdleSeconds is not { } idle ? ""
        : app.IdleTimeoutSeconds > 0 ? $"{Units.Seconds(idle)} of {Units.Seconds(app.IdleTimeoutSeconds)}"
        : Units.Seconds(idle);

    private static Cell Notes(AppWire app)
    {
        var words = new List<string>();
        foreach (var file in app.Files ?? [])
        {
            words.Add(file.TotalBytes is > 0 and var total ? $"{file.Path} {Units.Percent((double)file.Bytes / total)}" : $"{file.Path} {Units.Bytes(file.Bytes)}");
        }

        if (app.Failure is { } failure)
        {
            words.Add(failure.RetrySeconds > 0 ? $"{Units.Count(failure.Attempts, "failure")}, again in {Units.Seconds(failure.RetrySeconds)}" : Units.Count(failure.Attempts, "failure"));
        }

        if (app.Problems is { Count: > 0 } problems)
        {
            words.Add(app.State == "invalid" ? Units.Count(problems.Count, "problem") : "its manifest has changed and is wrong; the former one is in force");
        }

        return Cell.Of(string.Join("; ", words), app.Failure is null && app.Problems is null ? Tone.Muted : Tone.Warning);
    }

    private static void Explain(Report report, AppWire app)
    {
        foreach (var problem in app.Problems ?? [])
        {
            report.Line(Cell.Of(Printable.OneLine(problem, 2000), Tone.Bad));
        }

        if (app.Failure is { } failure)
        {
            report.Line(Cell.Of($"{app.Name} on {app.Node}: {Printable.OneLine(failure.Reason, 4000)}", Tone.Bad));
        }
    }
}
