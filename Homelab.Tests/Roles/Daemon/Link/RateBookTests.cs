using Homelab.Gateway;
using Homelab.Roles.Daemon.Link;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Daemon.Link;

/// <summary>What finished requests teach of a model's speed.</summary>
public sealed class RateBookTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Sink _next = new();

    [Fact]
    public void A_stream_tells_prompt_answer_and_duration()
    {
        var book = Book();
        book.Record(Request(total: 3, first: 1, overhead: 0, prompt: 500, completion: 100));

        Assert.Equal(new ModelRates(3, 500, 50), book.Of("m:1b"));
        Assert.Equal(1, _next.Count);
    }

    [Fact]
    public void Time_in_the_queue_or_for_a_load_is_not_the_models()
    {
        var book = Book();
        book.Record(Request(total: 9.5, first: 7.5, overhead: 0.5, prompt: 500, completion: 100) with { Tier = "local-cold", Waited = TimeSpan.FromSeconds(6) });

        Assert.Equal(new ModelRates(3, 500, 50), book.Of("m:1b"));
    }

    [Fact]
    public void Later_measurements_move_the_mean_a_little()
    {
        var book = Book();
        book.Record(Request(total: 3, first: 1, overhead: 0, prompt: 500, completion: 100));
        book.Record(Request(total: 8, first: 1, overhead: 0, prompt: 1000, completion: 700));

        Assert.Equal(new ModelRates(4, 600, 60), book.Of("m:1b"));
    }

    [Theory]
    [InlineData("local-hot", 2, 2, 500, 100, true, false, false)]
    [InlineData("local-hot", 3, 1, 5, 100, true, false, true)]
    [InlineData("local-hot", 3, 1, 500, 3, true, false, false)]
    [InlineData("hub", 3, 1, 500, 100, false, false, false)]
    public void What_a_request_does_not_tell_is_not_guessed(string tier, double total, double first, long prompt, long completion, bool service, bool prefill, bool decode)
    {
        var book = Book();
        book.Record(Request(total, first, 0, prompt, completion) with { Tier = tier });
        var rates = book.Of("m:1b");

        Assert.Equal((service, prefill, decode), (rates.ServiceSeconds is not null, rates.PrefillTokensPerSecond is not null, rates.DecodeTokensPerSecond is not null));
    }

    [Fact]
    public void Embeddings_tell_the_prompts_rate()
    {
        var book = Book();
        book.Record(Request(total: 0.5, first: 0.5, overhead: 0, prompt: 400, completion: null));

        Assert.Equal(800, book.Of("m:1b").PrefillTokensPerSecond);
    }

    [Fact]
    public void Failures_and_cut_answers_teach_nothing()
    {
        var book = Book();
        book.Record(Request(3, 1, 0, 500, 100) with { Status = 500 });
        book.Record(Request(3, 1, 0, 500, 100) with { Outcome = ForwardOutcome.UpstreamCut });
        book.Record(Request(3, 1, 0, 500, 100) with { Model = null });

        Assert.Equal(ModelRates.None, book.Of("m:1b"));
        Assert.Equal(3, _next.Count);
    }

    [Fact]
    public async Task Rates_are_kept_at_most_once_a_minute_and_known_at_the_next_start()
    {
        var saved = new TaskCompletionSource<RatesDocument>(TaskCreationOptions.RunContinuationsAsynchronously);
        var saves = 0;
        var book = new RateBook(_next, new RatesDocument(), d => { Interlocked.Increment(ref saves); saved.TrySetResult(d); }, _time);
        book.Record(Request(3, 1, 0, 500, 100));
        _time.Advance(TimeSpan.FromMinutes(1));
        book.Record(Request(3, 1, 0, 500, 100));
        book.Record(Request(3, 1, 0, 500, 100));
        var document = await saved.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

        Assert.Equal(1, saves);
        Assert.Equal(new ModelRates(3, 500, 50), new RateBook(_next, document, _ => { }, _time).Of("m:1b"));
    }

    [Fact]
    public void Absurd_figures_of_the_file_are_left_out() =>
        Assert.Equal(ModelRates.None, new RateBook(_next, new RatesDocument { Models = { ["m:1b"] = new ModelRates(-1, double.NaN, 1e300) } }, _ => { }, _time).Of("m:1b"));

    private RateBook Book() => new(_next, new RatesDocument(), _ => { }, _time);

    private static RequestRecord Request(double total, double first, double overhead, long? prompt, long? completion) => new(
        "local", "m:1b", "/v1/chat/completions", "local-hot", 200, ForwardOutcome.Completed, TimeSpan.FromSeconds(total), TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(overhead), prompt, completion);

    /// <summary>Counts what is passed on.</summary>
    private sealed class Sink : IUsageSink
    {
        public int Count { get; private set; }

        public void Record(RequestRecord record) => Count++;
    }
}
