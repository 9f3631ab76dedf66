using System.Text;

namespace Homelab.Cli.Output;

/// <summary>Writes a report as aligned text: no colour, no boxes, no cut lines, so that it can be piped, pasted and compared.</summary>
internal static class PlainRenderer
{
    private const string Between = "  ";

    public static string Render(Report report)
    {
        var text = new StringBuilder();
        foreach (var block in report.Blocks)
        {
            switch (block)
            {
                case Block.Line line:
                    text.Append(line.Text.Text.TrimEnd()).Append('\n');
                    break;
                case Block.Table table:
                    Append(text, table.Grid);
                    break;
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Grid grid)
    {
        var columns = grid.Shown()
            .Select(c => (c.Column.Right, Texts: (string[])[c.Column.Title, .. c.Cells.Select(cell => cell.Text)]))
            .Select(c => (c.Right, c.Texts, Width: c.Texts.Max(t => t.Length)))
            .ToArray();
        for (var row = 0; row < (columns.Length == 0 ? 0 : columns[0].Texts.Length); row++)
        {
            var cells = columns.Select(c => c.Right ? c.Texts[row].PadLeft(c.Width) : c.Texts[row].PadRight(c.Width));
            text.Append(string.Join(Between, cells).TrimEnd()).Append('\n');
        }
    }
}
