using Homelab.Telemetry;

namespace Homelab.Cli.Output;

/// <summary>Text in one tone, on one line, without control characters whatever it was made from.</summary>
internal readonly record struct TextRun
{
    public TextRun(string text, Tone tone = Tone.Plain)
    {
        Text = Printable.OneLine(text, 2000);
        Tone = tone;
    }

    public string Text { get; }

    public Tone Tone { get; }
}
