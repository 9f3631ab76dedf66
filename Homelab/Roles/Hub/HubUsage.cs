using System.Collections.Concurrent;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Gateway;
using Homelab.Persistence.Cluster;
using Homelab.Roles.Hub.Keys;
using Homelab.Telemetry;

namespace Homelab.Roles.Hub;

/// <summary>Counts finished requests: for <c>/metrics</c>, and by key, model, node and hour in the store. Recording never waits for the disk.</summary>
internal sealed class HubUsage(HomelabMetrics metrics, IClusterStore store, HubKeys keys, TimeProvider time) : IUsageSink
{
    /// <summary>Rows in memory; each lives two hours.</summary>
    private const int MostRows = 20_000;

    private const string Others = "(others)";

    private readonly RequestMetrics _requests = new(metrics, static () => { });
    private readonly Lock _flushing = new();
    private readonly ConcurrentDictionary<(DateTimeOffset Hour, string Key, string Model, string Node), UsageCounters> _rows = new();

    public void Record(RequestRecord record)
    {
        _requests.Record(record);
        var now = time.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        var of = (hour, record.Principal, record.Model ?? "", record.Node ?? "");
        if (!_rows.TryGetValue(of, out var row))
        {
            // A machine names those who ask it as it likes: past the bound they share one row, and are counted all the same.
            row = _rows.GetOrAdd(_rows.Count < MostRows ? of : (hour, Others, "", ""), static _ => new UsageCounters());
        }

        row.Add(record);
    }

    /// <summary>Hands what was counted to the store; about once a second, and at the end.</summary>
    public void Flush()
    {
        lock (_flushing)
        {
            var counted = new List<StoredUsage>();
            foreach (var (of, row) in _rows)
            {
                if (row.Take() is { } taken)
                {
                    counted.Add(new StoredUsage(of.Hour, of.Key, of.Model, of.Node, taken.Requests, taken.Failed, taken.PromptTokens, taken.CompletionTokens));
                }
                else if (time.GetUtcNow() - of.Hour > TimeSpan.FromHours(2))
                {
                    _rows.TryRemove(new KeyValuePair<(DateTimeOffset, string, string, string), UsageCounters>(of, row));
                }
            }

            if (counted.Count > 0)
            {
                store.Add(counted);
                foreach (var name in counted.Select(static u => u.Key).Distinct())
                {
                    keys.NoteUse(name);
                }
            }
        }
    }

    /// <summary>Sums since a moment (to the hour).</summary>
    public UsageWire Since(DateTimeOffset since)
    {
        Flush();
        return new UsageWire(since, [.. store.UsageSince(since)
            .GroupBy(u => (u.Key, u.Model, u.Node))
            .OrderBy(g => g.Key.Key, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Model, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Node, StringComparer.Ordinal)
            .Select(g => new UsageRowWire(
                g.Key.Key,
                g.Key.Model.Length > 0 ? g.Key.Model : null,
                g.Key.Node.Length > 0 ? g.Key.Node : null,
                g.Sum(u => u.Requests),
                g.Sum(u => u.Failed),
                g.Sum(u => u.PromptTokens),
                g.Sum(u => u.CompletionTokens)))]);
    }
}
