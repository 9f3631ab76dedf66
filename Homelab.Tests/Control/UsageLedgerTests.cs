using System.Text;
using Homelab.Control;
using Homelab.Gateway;
using Homelab.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Control;

public sealed class UsageLedgerTests
{
    private readonly HomelabMetrics _metrics = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 10, 30, 0, TimeSpan.Zero));
    private int _looks;

    private UsageLedger Ledger() => new(_metrics, _time, "tower", () => _looks++);

    private static RequestRecord Request(string principal = "local", string? model = "qwen3:8b", int status = 200, ForwardOutcome outcome = ForwardOutcome.Completed, long? prompt = 10, long? completion = 5) =>
        new(principal, model, "/v1/chat/completions", "local-hot", status, outcome, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(1), prompt, completion);

    [Fact]
    public void Requests_and_tokens_are_summed_by_key_and_model()
    {
        var ledger = Ledger();
        ledger.Record(Request());
        ledger.Record(Request());
        ledger.Record(Request("n8n", status: 503, prompt: null, completion: null));

        var rows = ledger.Since(DateTimeOffset.UnixEpoch).Rows;

        Assert.Equal(2, rows.Count);
        Assert.Equal(("local", "qwen3:8b", 2L, 0L, 20L, 10L), (rows[0].Key, rows[0].Model, rows[0].Requests, rows[0].Failed, rows[0].PromptTokens, rows[0].CompletionTokens));
        Assert.Equal(("n8n", 1L, 1L, 0L), (rows[1].Key, rows[1].Requests, rows[1].Failed, rows[1].PromptTokens));
    }

    [Fact]
    public void Usage_since_a_moment_leaves_out_what_was_before_it()
    {
        var ledger = Ledger();
        ledger.Record(Request());
        _time.Advance(TimeSpan.FromHours(2));
        ledger.Record(Request());

        Assert.Equal(1, ledger.Since(_time.GetUtcNow()).Rows.Single().Requests);
    }

    [Fact]
    public void Usage_older_than_a_month_is_forgotten()
    {
        var ledger = Ledger();
        ledger.Record(Request());
        _time.Advance(TimeSpan.FromDays(40));
        ledger.Record(Request("n8n"));

        Assert.Equal(["n8n"], ledger.Since(DateTimeOffset.UnixEpoch).Rows.Select(r => r.Key));
    }

    [Fact]
    public void An_answer_that_the_engine_cut_makes_the_engine_be_looked_at()
    {
        var ledger = Ledger();
        ledger.Record(Request(outcome: ForwardOutcome.ClientGone, status: 499));
        Assert.Equal(0, _looks);

        ledger.Record(Request(outcome: ForwardOutcome.UpstreamCut));
        Assert.Equal(1, _looks);
    }

    [Fact]
    public async Task An_unknown_model_never_becomes_a_label()
    {
        var ledger = Ledger();
        for (var i = 0; i < 1000; i++)
        {
            ledger.Record(Request(model: null, status: 404, outcome: ForwardOutcome.Refused, prompt: null, completion: null));
        }

        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(text);
        var series = Encoding.UTF8.GetString(text.ToArray()).Split('\n').Where(l => l.StartsWith("homelab_requests_total{", StringComparison.Ordinal)).ToList();

        Assert.Equal(["homelab_requests_total{route=\"/v1/chat/completions\",model=\"\",tier=\"local-hot\",code=\"404\"} 1000"], series);
    }
}
