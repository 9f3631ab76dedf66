using System.Globalization;
using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What <c>keys</c> shows: never a secret.</summary>
internal static class KeyListView
{
    public static Report Build(IReadOnlyList<KeyWire> keys, DateTimeOffset now)
    {
        if (keys.Count == 0)
        {
            return new Report().Line("There is no key yet. Make one with: homelab keys add NAME");
        }

        var grid = new Grid(
            new Column("ID"),
            new Column("NAME"),
            new Column("KIND"),
            new Column("MODELS", Optional: true),
            new Column("A MINUTE", Right: true, Optional: true),
            new Column("MADE", Right: true),
            new Column("USED", Right: true),
            new Column("NOTES", Optional: true));
        foreach (var key in keys)
        {
            grid.Add(
                Cell.Of(key.Id, Tone.Strong),
                key.Name,
                key.Kind,
                string.Join(", ", key.Models),
                key.RequestsPerMinute?.ToString(CultureInfo.InvariantCulture) ?? "",
                key.CreatedAt is { } made ? Units.Ago(made, now) : "-",
                key.LastUsedAt is { } used ? Units.Ago(used, now) : "-",
                Notes(key, now));
        }

        return new Report().Table(grid);
    }

    private static Cell Notes(KeyWire key, DateTimeOffset now)
    {
        var words = new List<string>();
        if (key.Admin)
        {
            words.Add("admin");
        }
        else if (key.Infra)
        {
            words.Add("reads files");
        }

        if (key.Configured)
        {
            words.Add("in the configuration");
        }

        if (key.ExpiresAt is { } until && until > now)
        {
            words.Add($"for another {Units.Span(until - now)}");
        }

        return key.ExpiresAt <= now ? Cell.Of("expired", Tone.Warning) : Cell.Of(string.Join(", ", words), Tone.Muted);
    }
}
