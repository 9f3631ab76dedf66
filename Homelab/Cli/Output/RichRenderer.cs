using Spectre.Console;
using Spectre.Console.Rendering;

namespace Homelab.Cli.Output;

/// <summary>Turns a report into what Spectre.Console draws. Text never passes its markup language.</summary>
internal static class RichRenderer
{
    public static IRenderable Render(Report report) => new Rows(report.Blocks.Select(Render));

    public static Paragraph Render(Cell cell)
    {
        var paragraph = new Paragraph { Overflow = Overflow.Fold };
        foreach (var run in cell.Runs)
        {
            paragraph.Append(run.Text, StyleOf(run.Tone));
        }

        return paragraph;
    }

    private static IRenderable Render(Block block) => block switch
    {
        Block.Table table => Render(table.Grid),
        Block.Line { Text: { IsEmpty: false } text } => Render(text),
        _ => new Text(" "),
    };

    private static Table Render(Grid grid)
    {
        var columns = grid.Shown();
        var table = new Table { Border = TableBorder.None };
        foreach (var (column, _) in columns)
        {
            var title = new Paragraph(column.Title, StyleOf(Tone.Muted));
            table.AddColumn(new TableColumn(title) { Padding = new Padding(0, 0, 2, 0), Alignment = column.Right ? Justify.Right : Justify.Left });
        }

        for (var row = 0; row < (columns.Count == 0 ? 0 : columns[0].Cells.Count); row++)
        {
            table.AddRow(columns.Select(c => (IRenderable)Render(c.Cells[row])));
        }

        return table;
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Muted => new Style(Color.Grey),
        Tone.Strong => new Style(decoration: Decoration.Bold),
        Tone.Good => new Style(Color.Green),
        Tone.Busy => new Style(Color.Aqua),
        Tone.Warning => new Style(Color.Yellow),
        Tone.Bad => new Style(Color.Red, decoration: Decoration.Bold),
        _ => Style.Plain,
    };
}
