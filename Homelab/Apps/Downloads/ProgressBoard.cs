using System.Collections.Immutable;

namespace Homelab.Apps.Downloads;

/// <summary>Where each file stands, told on at most four times a second a file; a change of state is told at once. Safe for several threads.</summary>
/// <param name="time">Measures.</param>
/// <param name="tell">Gets each report, one at a time; must not throw and not linger.</param>
internal sealed class ProgressBoard(TimeProvider time, Action<FileProgress> tell)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // How much of a speed is the newest measure.
    private const double Newest = 0.3;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string App, string Path), (FileProgress Last, long ToldBytes, long ToldAt)> _files = [];

    /// <summary>Files that are on their way.</summary>
    public ImmutableArray<FileProgress> Running
    {
        get
        {
            lock (_lock)
            {
                return [.. _files.Values.Select(file => file.Last).OrderBy(file => file.App, StringComparer.Ordinal).ThenBy(file => file.Path, StringComparer.Ordinal)];
            }
        }
    }

    public void Report(string app, FileDemand demand, string state, long bytes, long? total, string? problem)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var key = (app, demand.Path);
            var known = _files.TryGetValue(key, out var before);
            if (known && before.Last.State == state && before.Last.Problem == problem && time.GetElapsedTime(before.ToldAt, now) < Interval)
            {
                // It may be the last for long: who looks sees it.
                _files[key] = before with { Last = before.Last with { Bytes = bytes, Total = total } };
                return;
            }

            var speed = known && state == FileStates.Downloading && before.Last.State == state ? Speed(before.Last.BytesPerSecond, bytes - before.ToldBytes, time.GetElapsedTime(before.ToldAt, now)) : 0;
            var report = new FileProgress(app, demand.Path, demand.PrintableUrl, bytes, total, speed, state, problem);
            if (state is FileStates.Done or FileStates.Failed)
            {
                _files.Remove(key);
            }
            else
            {
                _files[key] = (report, bytes, now);
            }

            tell(report);
        }
    }

    /// <summary>Nobody wants the file any more.</summary>
    public void Remove(string app, FileDemand demand)
    {
        lock (_lock)
        {
            _files.Remove((app, demand.Path));
        }
    }

    private static double Speed(double before, long bytes, TimeSpan passed)
    {
        var measured = passed > TimeSpan.Zero ? Math.Max(0, bytes) / passed.TotalSeconds : before;
        return before > 0 ? (before * (1 - Newest)) + (measured * Newest) : measured;
    }
}
