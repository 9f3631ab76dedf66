namespace Homelab.Cli.Output;

/// <summary>A part of a <see cref="Report"/>. Closed set.</summary>
internal abstract record Block
{
    private Block()
    {
    }

    /// <summary>One line; empty for a gap.</summary>
    public sealed record Line(Cell Text) : Block;

    /// <summary>A table.</summary>
    public sealed record Table(Grid Grid) : Block;
}
