namespace Homelab.Cli.Output;

/// <summary>A table: columns and rows of as many cells.</summary>
internal sealed class Grid(params Column[] columns)
{
    private readonly List<Cell[]> _rows = [];

    public bool IsEmpty => _rows.Count == 0;

    public void Add(params Cell[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, columns.Length);
        _rows.Add(cells);
    }

    /// <summary>The columns to show, each with its cells from top to bottom.</summary>
    public IReadOnlyList<(Column Column, IReadOnlyList<Cell> Cells)> Shown() =>
    [
        .. columns
            .Select((column, i) => (Column: column, Cells: (IReadOnlyList<Cell>)[.. _rows.Select(r => r[i])]))
            .Where(c => !c.Column.Optional || c.Cells.Any(cell => !cell.IsEmpty)),
    ];
}
