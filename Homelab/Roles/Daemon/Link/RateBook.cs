using System.Collections.Concurrent;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon.Link;

/// <summary>Learns from finished requests how fast each model answers here, for the hub's placement. Kept over restarts. Any thread.</summary>
/// <remarks>Only answers that streamed tell prompt from answer: what comes in one piece has its first byte at its end.</remarks>
internal sealed class RateBook : IUsageSink
{
    /// <summary>What a new measurement weighs.</summary>
    private const double Weight = 0.2;

    /// <summary>Models whose rates are kept.</summary>
    private const int Most = 1024;

    private const long FewestAnswerTokens = 8;
    private const long FewestPromptTokens = 32;
    private static readonly TimeSpan ShortestStream = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);

    private readonly IUsageSink _next;
    private readonly Action<RatesDocument> _save;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, ModelRates> _models;
    private long _savedAt;

    /// <param name="next">Told of every request too.</param>
    /// <param name="known">What earlier runs measured.</param>
    /// <param name="save">Keeps it, at most once a minute; called on a thread of its own.</param>
    /// <param name="time">For that minute.</param>
    public RateBook(IUsageSink next, RatesDocument known, Action<RatesDocument> save, TimeProvider time)
    {
        _next = next;
        _save = save;
        _time = time;
        _savedAt = time.GetTimestamp();
        _models = new ConcurrentDictionary<string, ModelRates>(known.Models.Where(m => IsSane(m.Value)).Take(Most), StringComparer.Ordinal);
    }

    /// <summary>What is known of a model.</summary>
    public ModelRates Of(string model) => _models.GetValueOrDefault(model, ModelRates.None);

    public void Record(RequestRecord record)
    {
        _next.Record(record);
        if (record is not { Outcome: ForwardOutcome.Completed, Status: < 300, Model: { } model, FirstByte: { } first, Tier: "local-hot" or "local-cold" }
            || (_models.Count >= Most && !_models.ContainsKey(model)))
        {
            return;
        }

        var before = record.Overhead + record.Waited;
        var streamed = record.Total - first;
        var isStream = streamed >= ShortestStream && record.CompletionTokens >= FewestAnswerTokens;
        var isEmbedding = record.CompletionTokens is null or 0;
        double? prefill = record.PromptTokens >= FewestPromptTokens && (isStream || isEmbedding) && first > before
            ? record.PromptTokens.Value / (first - before).TotalSeconds
            : null;
        double? decode = isStream ? record.CompletionTokens!.Value / streamed.TotalSeconds : null;
        var service = (record.Total - before).TotalSeconds;
        if (service > 0)
        {
            _models.AddOrUpdate(
                model,
                static (_, measured) => measured,
                static (_, known, measured) => new ModelRates(
                    Mean(known.ServiceSeconds, measured.ServiceSeconds),
                    Mean(known.PrefillTokensPerSecond, measured.PrefillTokensPerSecond),
                    Mean(known.DecodeTokensPerSecond, measured.DecodeTokensPerSecond)),
                new ModelRates(service, prefill, decode));
            SaveNowAndThen();
        }
    }

    /// <summary>Keeps what was measured, at the daemon's end.</summary>
    public void Save() => _save(new RatesDocument { Models = _models.ToDictionary() });

    private static double? Mean(double? known, double? measured) =>
        measured is not { } value ? known : known is { } before ? before + ((value - before) * Weight) : value;

    private static bool IsSane(ModelRates? rates) =>
        rates is not null && IsSane(rates.ServiceSeconds) && IsSane(rates.PrefillTokensPerSecond) && IsSane(rates.DecodeTokensPerSecond);

    /// <summary>The file is the user's to edit.</summary>
    private static bool IsSane(double? value) => value is null or (> 0 and < 1e9);

    private void SaveNowAndThen()
    {
        var before = Volatile.Read(ref _savedAt);
        if (_time.GetElapsedTime(before) >= SaveEvery && Interlocked.CompareExchange(ref _savedAt, _time.GetTimestamp(), before) == before)
        {
            // The disk is slow, and this is a request's own thread.
            _ = Task.Run(Save);
        }
    }
}
