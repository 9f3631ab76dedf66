using System.Collections.Immutable;

namespace Homelab.Cli.Output;

/// <summary>One line of text in any number of tones.</summary>
internal sealed class Cell(ImmutableArray<TextRun> runs)
{
    public static Cell Empty { get; } = new([]);

    public ImmutableArray<TextRun> Runs => runs;

    public string Text => string.Concat(runs.Select(r => r.Text));

    public bool IsEmpty => runs.All(r => r.Text.Length == 0);

    public static implicit operator Cell(string text) => Of(text);

    public static Cell Of(string text, Tone tone = Tone.Plain) => new([new TextRun(text, tone)]);

    public Cell Then(string text, Tone tone = Tone.Plain) => new(runs.Add(new TextRun(text, tone)));

    public Cell Then(Cell other) => new(runs.AddRange(other.Runs));
}
