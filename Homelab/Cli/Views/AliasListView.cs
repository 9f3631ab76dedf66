using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What <c>models alias</c> shows.</summary>
internal static class AliasListView
{
    public static Report Build(IReadOnlyList<AliasWire> aliases)
    {
        if (aliases.Count == 0)
        {
            return new Report().Line("There is no alias at this hub yet. Set one with: homelab models alias NAME MODEL");
        }

        var grid = new Grid(new Column("ALIAS"), new Column("STANDS FOR"), new Column("NOTES", Optional: true));
        foreach (var alias in aliases)
        {
            grid.Add(Cell.Of(alias.Alias, Tone.Strong), string.Join(", ", alias.Of), Cell.Of(alias.From == "configuration" ? "in the configuration" : "", Tone.Muted));
        }

        return new Report().Table(grid);
    }
}
