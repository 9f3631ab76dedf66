namespace Homelab.Cli.Output;

/// <summary>What a command shows to people: lines and tables, before it is known where they go.</summary>
internal sealed class Report
{
    private readonly List<Block> _blocks = [];

    public IReadOnlyList<Block> Blocks => _blocks;

    public Report Line(Cell text)
    {
        _blocks.Add(new Block.Line(text));
        return this;
    }

    /// <summary>An empty line, unless nothing stands above it.</summary>
    public Report Gap() => _blocks.Count == 0 ? this : Line(Cell.Empty);

    public Report Table(Grid grid)
    {
        _blocks.Add(new Block.Table(grid));
        return this;
    }
}
