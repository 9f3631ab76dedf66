namespace Homelab.Cli.Output;

/// <summary>A device's memory as a bar: models, others, free. On a terminal by colour, elsewhere by <c>#</c>, <c>=</c> and <c>.</c>.</summary>
internal static class MemoryBar
{
    private const int Width = 24;

    public static Cell Draw(long total, long models, long others, bool rich)
    {
        var first = Share(models, total, Width);
        var second = Share(others, total, Width - first);
        var rest = Width - first - second;
        return rich
            ? Cell.Of(new string('█', first), Tone.Good).Then(new string('█', second), Tone.Warning).Then(new string('░', rest), Tone.Muted)
            : $"[{new string('#', first)}{new string('=', second)}{new string('.', rest)}]";
    }

    /// <summary>Something used is never shown as nothing.</summary>
    private static int Share(long part, long total, int most) =>
        part <= 0 || total <= 0 || most <= 0 ? 0 : Math.Clamp((int)Math.Round((double)part / total * Width), 1, most);
}
