using System.Net;
using Homelab.Tests.EndToEnd.Engines;
using static Homelab.Tests.EndToEnd.EngineAndDaemon;

namespace Homelab.Tests.EndToEnd;

/// <summary>Callers of every kind at once, some of whom leave: nobody who stays sees a failure, and nothing is left behind.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class MixedUseTests(RealOllamaModels models)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Theory]
    [FakeEngine(1)]
    [FakeEngine(2)]
    [RealEngine(1)]
    public async Task Callers_of_models_that_do_not_fit_together_are_all_served_and_leave_no_lease(EngineKind kind, int seed)
    {
        await using var pair = await StartAsync(kind, models, "  queue: { max_hold: 1s }");
        var random = new Random(seed);
        var calls = Enumerable.Range(0, 60).Select(i => CallAsync(pair, random.Next(5), random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(1500)) : null)).ToList();
        foreach (var problem in await Task.WhenAll(calls).WaitAsync(Limit, TimeProvider.System))
        {
            Assert.True(problem is null, $"{problem}\n{pair.Daemon.Log}");
        }

        await pair.Daemon.IsIdleAsync();
        var hot = (await pair.Daemon.HotAsync()).Order(StringComparer.Ordinal).ToArray();
        await pair.HoldsAsync(hot);
        Assert.False(hot.Contains(First) && hot.Contains(Second));
    }

    /// <returns>What went wrong; null where nothing did.</returns>
    private static async Task<string?> CallAsync(EngineAndDaemon pair, int what, TimeSpan? patience)
    {
        using var leaving = patience is { } time ? new CancellationTokenSource(time, TimeProvider.System) : new CancellationTokenSource();
        var (path, body) = what switch
        {
            0 => ("v1/chat/completions", Chat(First, stream: true, tokens: 30)),
            1 => ("v1/messages", Chat(Second)),
            2 => ("api/chat", $$$"""{"model":"{{{Small}}}","options":{"num_predict":30,"num_ctx":256},"messages":[{"role":"user","content":"hi"}]}"""),
            3 => ("v1/embeddings", $$"""{"model":"{{Embedder}}","input":["a","b"]}"""),
            _ => ("v1/completions", $$"""{"model":"{{First}}","prompt":"hi","max_tokens":20}"""),
        };
        try
        {
            using var answer = await pair.Daemon.PostAsync(path, body, cancellation: leaving.Token);
            var text = await answer.Content.ReadAsStringAsync();
            return answer.StatusCode == HttpStatusCode.OK && !text.Contains("\"error\"", StringComparison.Ordinal) ? null : $"{path}: {answer.StatusCode} {text}";
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            return null;
        }
    }
}
