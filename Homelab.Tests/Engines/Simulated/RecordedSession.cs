using Homelab.Domain.Models;
using Homelab.Engines.Simulated;
using Homelab.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>Replays the whole recorded session against a fake Ollama, in order, with the things that were done beside it: models created, time gone by,
/// servers restarted with other settings, clients that left, runners killed.</summary>
public sealed class RecordedSession : IAsyncLifetime
{
    private readonly Dictionary<string, ActualAnswer> _answers = [];
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 14, 13, 18, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
    private FakeOllama _fake = null!;

    internal ActualAnswer Answer(string name) => _answers[name];

    public async Task InitializeAsync()
    {
        _fake = await StartAsync(s => s);
        _fake.Server.State.Library.AddToCatalogue(RecordedModels.TinyRegistry);
        _fake.Server.State.Library.AddToCatalogue(RecordedModels.BrokenRegistry);
        await PlayAsync(1, 8);
        _fake.Server.State.Library.AddBlob(Recording.All.First(r => r.Name.StartsWith("010", StringComparison.Ordinal)).Path.Split(':')[^1]);
        await PlayAsync(10, 15);
        InstallAsCreated(RecordedModels.Tiny, RecordedModels.Tiny2, RecordedModels.TinyEmbed, RecordedModels.TinyStop);
        await PlayAsync(16, 118);
        _time.Advance(TimeSpan.FromSeconds(4));
        await PlayAsync(119, 132);
        await LeaveAfterAsync(133, lines: 5);
        await PlayAsync(134, 135);
        await LeaveAfterAsync(136, lines: 10);
        await PlayAsync(137, 149);
        _fake.Server.State.Library.Remove("tiny");
        await PlayAsync(150, 151);
        InstallAsCreated(RecordedModels.Tiny);
        await PlayAsync(152, 156);
        InstallAsCreated(RecordedModels.Big);
        await PlayAsync(157, 157);
        await WhileLoadingAsync();
        await WhileStreamingAsync();
        await LoadAndLeaveAsync();
        await PlayAsync(168, 173);
        _fake.Faults.CrashRunnerBeforeToken(19);
        await PlayAsync(174, 177);
        _fake.Faults.CrashRunnerBeforeToken(32);
        await PlayAsync(178, 179);
        await RestartAsync(s => s with { MaximumLoaded = 1, MaximumQueue = 1 });
        await PlayAsync(180, 187);
        await FullQueueAsync();
        await RestartAsync(s => s with { DefaultContext = 512, ContextIsExplicit = true, KeepAlive = TimeSpan.FromSeconds(3), Parallel = 2 });
        await PlayAsync(196, 199);
        _time.Advance(TimeSpan.FromSeconds(5));
        await PlayAsync(200, 200);
        await RestartAsync(s => s);
        await PlayAsync(201, 213);
        _fake.Server.State.Library.Remove("big2");
        await PlayAsync(215, 225);
    }

    public async Task DisposeAsync() => await _fake.DisposeAsync();

    private Task<FakeOllama> StartAsync(Func<SimulatedSettings, SimulatedSettings> configure) => FakeOllama.StartAsync(
        s => configure(s with
        {
            Models = [],
            Catalogue = [],
            Memory = new ByteSize(24_000_000_000),
            AnswerTokens = 1_000_000,
            Parallel = 1,
            OnGpu = false,
            Registry = "registry.example",
            RegistryIsReachable = false,
            MaximumLoaded = 3,
        }),
        _time);

    private async Task RestartAsync(Func<SimulatedSettings, SimulatedSettings> configure)
    {
        var library = _fake.Server.State.Library.List();
        await _fake.DisposeAsync();
        _fake = await StartAsync(s => configure(s with { Models = library, Catalogue = [RecordedModels.TinyRegistry, RecordedModels.BrokenRegistry] }));
    }

    private void InstallAsCreated(params ReadOnlySpan<SimulatedModel> models)
    {
        foreach (var model in models)
        {
            _fake.Server.State.Library.Install(model);
        }
    }

    private async Task PlayAsync(int first, int last)
    {
        foreach (var recording in Recording.All.Where(r => r.Number >= first && r.Number <= last))
        {
            await PlayAsync(recording);
        }
    }

    private Task PlayAsync(int number) => PlayAsync(Recording.All.First(r => r.Number == number));

    private async Task PlayAsync(Recording recording)
    {
        using var response = await _fake.Http.SendAsync(Request(recording), HttpCompletionOption.ResponseHeadersRead);
        _answers[recording.Name] = new ActualAnswer((int)response.StatusCode, Headers(response), await response.Content.ReadAsStringAsync(), IsPartial: false);
    }

    private async Task LeaveAfterAsync(int number, int lines)
    {
        var recording = Recording.All.First(r => r.Number == number);
        using var response = await _fake.Http.SendAsync(Request(recording), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var body = "";
        for (var i = 0; i < lines; i++)
        {
            body += await reader.ReadLineAsync() + "\n";
        }

        _answers[recording.Name] = new ActualAnswer((int)response.StatusCode, Headers(response), body, IsPartial: true);
    }

    private async Task WhileLoadingAsync()
    {
        // The server had been started again before this part of the session.
        await RestartAsync(s => s);
        var hold = _fake.Faults.HoldLoads();
        var load = PlayAsync(159);
        await hold.Reached.WaitAsync(TimeSpan.FromSeconds(10));
        await PlayAsync(158);
        var others = Task.WhenAll(PlayAsync(160), PlayAsync(161));
        hold.Release();
        await Task.WhenAll(load, others);
        await PlayAsync(162, 163);
    }

    private async Task WhileStreamingAsync()
    {
        var hold = _fake.Faults.HoldTokensAt(20);
        var stream = PlayAsync(166);
        await hold.Reached.WaitAsync(TimeSpan.FromSeconds(10));
        await PlayAsync(164, 165);
        hold.Release();
        await stream;
        await PlayAsync(167);
    }

    private async Task LoadAndLeaveAsync()
    {
        var hold = _fake.Faults.HoldLoads();
        using var leaving = new CancellationTokenSource();
        using var content = new StringContent("""{"model":"big"}""");
        var load = _fake.Http.PostAsync(new Uri("/api/generate", UriKind.Relative), content, leaving.Token);
        await hold.Reached.WaitAsync(TimeSpan.FromSeconds(10));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => load);
        await Ask.UntilAsync(() => _fake.Counts.LoadsDropped != 0, "a dropped load");

        hold.Release();
    }

    private async Task FullQueueAsync()
    {
        var hold = _fake.Faults.HoldTokensAt(50);
        var stream = PlayAsync(193);
        await hold.Reached.WaitAsync(TimeSpan.FromSeconds(10));
        var waiting = Task.WhenAll(PlayAsync(194), PlayAsync(195));
        await Ask.UntilAsync(() => _fake.Server.State.Scheduler.Waiting >= 2, "requests that wait for a load");

        await PlayAsync(188, 192);
        hold.Release();
        await Task.WhenAll(stream, waiting);
    }

    private static HttpRequestMessage Request(Recording recording)
    {
        var request = new HttpRequestMessage(new HttpMethod(recording.Method), recording.Path);
        foreach (var (name, value) in recording.RequestHeaders.Where(h => h.Key != "Content-Type"))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        // One body was too long to be recorded; this one has the same model, form and limit.
        var body = recording.RequestBody == "<long>" || recording.RequestBody.StartsWith("<2", StringComparison.Ordinal)
            ? $$"""{"model":"tiny","messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat("zq ", 9000))}}"}],"max_tokens":2}"""
            : recording.RequestBody;
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
            if (recording.RequestHeaders.TryGetValue("Content-Type", out var type))
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }
        }

        return request;
    }

    private static Dictionary<string, string> Headers(HttpResponseMessage response) =>
        response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
}
