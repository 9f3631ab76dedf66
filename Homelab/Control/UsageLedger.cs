using System.Collections.Concurrent;
using Homelab.Contracts;
using Homelab.Gateway;
using Homelab.Telemetry;

namespace Homelab.Control;

/// <summary>Counts finished requests: for <c>/metrics</c>, and by key, model and hour for <c>/homelab/v1/usage</c> (in memory, for a month).</summary>
internal sealed class UsageLedger : IUsageSink
{
    private const int HoursKept = 31 * 24;

    private readonly RequestMetrics _requests;
    private readonly TimeProvider _time;
    private readonly string _node;
    private readonly ConcurrentDictionary<(long Hour, string Key, string? Model), UsageCounters> _rows = new();
    private long _lastSwept;

    /// <param name="metrics">Where to count.</param>
    /// <param name="time">For the hours.</param>
    /// <param name="node">This node's name.</param>
    /// <param name="engineTrouble">Called when an answer of the engine was cut or never came: it should be looked at.</param>
    public UsageLedger(HomelabMetrics metrics, TimeProvider time, string node, Action engineTrouble)
    {
        _requests = new RequestMetrics(metrics, engineTrouble);
        _time = time;
        _node = node;
    }

    public void Record(RequestRecord record)
    {
        _requests.Record(record);
        Add(record);
    }

    /// <summary>Sums since a moment (to the hour).</summary>
    public UsageWire Since(DateTimeOffset since)
    {
        var first = Hour(since);
        return new UsageWire(since, [.. _rows
            .Where(r => r.Key.Hour >= first)
            .GroupBy(r => (r.Key.Key, r.Key.Model))
            .OrderBy(g => g.Key.Key, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Model, StringComparer.Ordinal)
            .Select(g => new UsageRowWire(
                g.Key.Key,
                g.Key.Model,
                _node,
                g.Sum(r => r.Value.Requests),
                g.Sum(r => r.Value.Failed),
                g.Sum(r => r.Value.PromptTokens),
                g.Sum(r => r.Value.CompletionTokens)))]);
    }

    private static long Hour(DateTimeOffset at) => at.ToUnixTimeSeconds() / 3600;

    private void Add(RequestRecord record)
    {
        var hour = Hour(_time.GetUtcNow());
        _rows.GetOrAdd((hour, record.Principal, record.Model), static _ => new UsageCounters()).Add(record);
        if (Interlocked.Exchange(ref _lastSwept, hour) != hour)
        {
            foreach (var old in _rows.Keys.Where(k => k.Hour < hour - HoursKept))
            {
                _rows.TryRemove(old, out _);
            }
        }
    }
}
