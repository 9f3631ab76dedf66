using Homelab.Processes;

namespace Homelab.Apps.Running;

/// <summary>How an app's process ended.</summary>
/// <param name="Code">Its exit code; 128 + n for signal n.</param>
/// <param name="Lines">The last that it printed.</param>
internal sealed record AppExit(int Code, IReadOnlyList<string> Lines)
{
    private const int FirstSignal = 128;
    private const int ShownLines = 8;

    /// <summary>For people, with the last output.</summary>
    public string Words => With(Code > FirstSignal ? $"it was ended by signal {Code - FirstSignal}" : $"it ended with exit code {Code}", Lines);

    /// <summary>A sentence with the last of what a process printed behind it.</summary>
    public static string With(string sentence, IReadOnlyList<string> lines) =>
        lines.Count == 0 ? sentence + " and printed nothing" : $"{sentence}; it last printed: {string.Join(" | ", lines.TakeLast(ShownLines))}";

    /// <summary>Waits a moment for the rest of what a process that has ended printed.</summary>
    internal static async Task<AppExit> OfAsync(ChildProcess process, int code, TimeProvider time)
    {
        await Task.WhenAny(process.OutputEnded, Task.Delay(TimeSpan.FromMilliseconds(500), time)).ConfigureAwait(false);
        return new AppExit(code, process.Tail.Lines());
    }
}
