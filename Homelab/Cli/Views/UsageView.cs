using System.Globalization;
using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What <c>usage</c> shows.</summary>
internal static class UsageView
{
    public static Report Build(UsageWire usage)
    {
        if (usage.Rows.Count == 0)
        {
            return new Report().Line("Nothing was asked for in that time.");
        }

        var grid = new Grid(
            new Column("KEY"),
            new Column("MODEL"),
            new Column("NODE", Optional: true),
            new Column("REQUESTS", Right: true),
            new Column("FAILED", Right: true),
            new Column("PROMPT TOKENS", Right: true),
            new Column("ANSWER TOKENS", Right: true));
        foreach (var row in usage.Rows)
        {
            grid.Add(
                Cell.Of(row.Key, Tone.Strong),
                row.Model ?? "-",
                row.Node ?? "",
                Number(row.Requests),
                Cell.Of(Number(row.Failed), row.Failed > 0 ? Tone.Warning : Tone.Plain),
                Number(row.PromptTokens),
                Number(row.CompletionTokens));
        }

        return new Report().Table(grid);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
