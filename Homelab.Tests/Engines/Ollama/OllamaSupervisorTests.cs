using System.Globalization;
using System.Threading.Channels;
using Homelab.Configuration;
using Homelab.Domain.Residency;
using Homelab.Engines.Ollama;
using Homelab.Processes;
using Homelab.Tests.Processes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>The supervisor with real processes (a script in the place of Ollama) and a clock of its own.</summary>
public sealed class OllamaSupervisorTests : IDisposable
{
    private const string Serve = """
        echo "$$ $OLLAMA_HOST $OLLAMA_NUM_PARALLEL ${OLLAMA_CONTEXT_LENGTH:-none} ${OLLAMA_NO_CLOUD:-cloud} $OLLAMA_MAX_LOADED_MODELS $OLLAMA_KEEP_ALIVE $*" >> STARTS
        echo this is ollama
        sleep 1000 &
        echo "runner $!"
        trap 'exit 0' TERM
        wait
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Channel<OllamaSupervisorState> _states = Channel.CreateUnbounded<OllamaSupervisorState>();
    private Func<OllamaSupervisorState, OllamaPresence> _look = state => state.ProcessId is null ? OllamaPresence.Nobody : OllamaPresence.Ollama;

    private string Log => RealProcess.Text(_folder.At("home", "logs", "ollama.log"));

    private string[] Starts => RealProcess.Text(_folder.At("starts")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public async Task Ollama_that_answers_is_used_and_no_second_one_started()
    {
        _look = _ => OllamaPresence.Ollama;
        await using var supervisor = Create(Serve);
        await supervisor.StartAsync(default);
        await supervisor.StartAsync(default);
        Assert.Equal(OllamaPhase.Foreign, supervisor.State.Phase);
        Assert.Null(supervisor.State.ProcessId);
        Assert.Empty(Starts);
    }

    [UnixFact]
    public async Task Ollama_that_is_not_there_is_started_with_our_settings_logged_and_stopped_with_its_tree()
    {
        var supervisor = Create(Serve);
        await supervisor.StartAsync(default);
        Assert.Equal(OllamaPhase.Running, supervisor.State.Phase);
        var pid = supervisor.State.ProcessId!.Value;
        await RealProcess.Until(() => Log.Contains("runner ", StringComparison.Ordinal), "its output in the log");
        Assert.Equal([$"{pid} 127.0.0.1:11499 4 none 1 128 60m serve"], Starts);
        Assert.Contains("this is ollama", Log, StringComparison.Ordinal);
        var runner = int.Parse(Log.Split("runner ")[1], CultureInfo.InvariantCulture);

        await supervisor.DisposeAsync();
        Assert.Equal(OllamaPhase.Stopped, supervisor.State.Phase);
        Assert.False(RealProcess.Runs(pid));
        await RealProcess.Until(() => !RealProcess.Runs(runner), "its runner has ended");
    }

    [UnixFact]
    public async Task Configured_context_and_cloud_reach_the_process()
    {
        await using var supervisor = Create(Serve, settings => settings with { Context = 8192, AllowCloud = true, Parallel = 2 });
        await supervisor.StartAsync(default);
        await RealProcess.Until(() => Starts.Length == 1, "a start");
        Assert.EndsWith(" 127.0.0.1:11499 2 8192 cloud 128 60m serve", Starts[0], StringComparison.Ordinal);
        Assert.Equal(EngineLimits.OfOllama(128), supervisor.Limits);
    }

    [UnixFact]
    public async Task Configured_number_of_models_reaches_the_process_and_the_planner()
    {
        await using var supervisor = Create(Serve, settings => settings with { MaximumLoaded = 2 });
        await supervisor.StartAsync(default);
        await RealProcess.Until(() => Starts.Length == 1, "a start");
        Assert.EndsWith(" none 1 2 60m serve", Starts[0], StringComparison.Ordinal);
        Assert.Equal(EngineLimits.OfOllama(2), supervisor.Limits);
    }

    [UnixFact]
    public async Task Number_of_models_of_an_ollama_of_somebody_else_is_the_default_unless_configured()
    {
        _look = _ => OllamaPresence.Ollama;
        await using var foreign = Create(Serve);
        await foreign.StartAsync(default);
        Assert.Equal(EngineLimits.OfOllama(0), foreign.Limits);

        await using var told = Create(Serve, settings => settings with { MaximumLoaded = 9 });
        await told.StartAsync(default);
        Assert.Equal(EngineLimits.OfOllama(9), told.Limits);
    }

    [UnixFact]
    public async Task Ollama_that_crashes_is_restarted_after_a_pause_that_doubles_and_shrinks_again_when_it_was_healthy()
    {
        await using var supervisor = Create(Serve);
        await supervisor.StartAsync(default);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            await CrashAsync($"in {seconds} s;");
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }

        var running = await Next(OllamaPhase.Running);
        Assert.Equal(7, running.Restarts);
        _time.Advance(TimeSpan.FromMinutes(1));
        _ = PosixNative.Signal(running.ProcessId!.Value, PosixNative.Kill);
        Assert.Contains("in 1 s;", (await Next(OllamaPhase.BackingOff)).Detail, StringComparison.Ordinal);

        async Task CrashAsync(string pause)
        {
            _ = PosixNative.Signal((await Next(OllamaPhase.Running)).ProcessId!.Value, PosixNative.Kill);
            var state = await Next(OllamaPhase.BackingOff);
            Assert.Contains(pause, state.Detail, StringComparison.Ordinal);
            Assert.Contains("code 137", state.Detail, StringComparison.Ordinal);
        }
    }

    [UnixFact]
    public async Task Process_that_ends_at_once_backs_off_and_the_start_returns()
    {
        _look = _ => OllamaPresence.Nobody;
        await using var supervisor = Create("echo cannot listen; exit 1");
        await supervisor.StartAsync(default);
        Assert.Equal(OllamaPhase.BackingOff, supervisor.State.Phase);
        Assert.Contains("code 1", supervisor.State.Detail, StringComparison.Ordinal);
        Assert.Contains("ollama.log", supervisor.State.Detail, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Ollama_of_somebody_else_that_answers_meanwhile_is_used_instead_of_a_second_one()
    {
        _look = _ => OllamaPresence.Nobody;
        await using var supervisor = Create("echo start >> STARTS; exit 1");
        await supervisor.StartAsync(default);
        _look = _ => OllamaPresence.Ollama;
        _time.Advance(TimeSpan.FromSeconds(1));
        await Next(OllamaPhase.Foreign);
        Assert.Single(Starts);
    }

    [UnixFact]
    public async Task Ollama_of_somebody_else_that_goes_gets_time_to_come_back_before_ours_is_started()
    {
        var gone = false;
        _look = state => gone && state.ProcessId is null ? OllamaPresence.Nobody : OllamaPresence.Ollama;
        await using var supervisor = Create(Serve);
        await supervisor.StartAsync(default);
        gone = true;
        await DriveAsync(OllamaPhase.Absent);
        Assert.Empty(Starts);
        Assert.Contains("30 s", supervisor.State.Detail, StringComparison.Ordinal);
        await DriveAsync(OllamaPhase.Running);

        async Task DriveAsync(OllamaPhase phase) => await RealProcess.Until(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return supervisor.State.Phase == phase;
            },
            $"phase {phase}");
    }

    [UnixFact]
    public async Task Ollama_that_does_not_heed_the_request_to_stop_is_killed_after_its_grace()
    {
        var supervisor = Create("trap '' TERM; echo ready; while :; do sleep 0.05; done");
        await supervisor.StartAsync(default);
        await RealProcess.Until(() => Log.Contains("ready", StringComparison.Ordinal), "it has started");
        var pid = supervisor.State.ProcessId!.Value;
        var stop = supervisor.DisposeAsync().AsTask();
        await RealProcess.Until(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return stop.IsCompleted;
            },
            "the supervisor has stopped");
        Assert.False(RealProcess.Runs(pid));
    }

    [UnixFact]
    public async Task Process_left_by_a_killed_daemon_is_not_taken_for_somebody_elses()
    {
        var mark = OrphanSweep.Mark(_folder.At("home")).Split(':');
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", [OrphanSweep.Variable] = $"{mark[0]}:1:{mark[2]}" };
        await using var orphan = ChildProcess.Start(new ChildProcessStart("/bin/sh", ["-c", "exec sleep 1000"], environment, _folder.At("orphan.log")), _time);
        _look = state => state.ProcessId is not null || !orphan.Exited.IsCompleted ? OllamaPresence.Ollama : OllamaPresence.Nobody;
        await using var supervisor = Create(Serve);
        await supervisor.StartAsync(default);
        Assert.Equal(128 + 9, await orphan.Exited);
    }

    [Theory]
    [InlineData("Never", "http://127.0.0.1:11499", "Nobody", "manage is not auto")]
    [InlineData("Off", "http://127.0.0.1:11499", "Ollama", "off")]
    [InlineData("Auto", "http://192.0.2.1:11434", "Nobody", "on this machine only")]
    [InlineData("Auto", "http://127.0.0.1:11499", "SomethingElse", "no Ollama")]
    public async Task Ollama_that_may_not_be_started_is_absent_and_the_state_says_why(string manage, string url, string presence, string words)
    {
        _look = _ => Enum.Parse<OllamaPresence>(presence);
        await using var supervisor = Create(Serve, settings => settings with { Manage = Enum.Parse<ManageMode>(manage), Url = new Uri(url) });
        await supervisor.StartAsync(default);
        Assert.Equal(OllamaPhase.Absent, supervisor.State.Phase);
        Assert.Contains(words, supervisor.State.Detail, StringComparison.Ordinal);
        Assert.Empty(Starts);
    }

    [Fact]
    public async Task Configured_executable_that_is_missing_is_named()
    {
        await using var supervisor = Create(Serve, settings => settings with { Executable = _folder.At("missing") });
        await supervisor.StartAsync(default);
        Assert.Equal(OllamaPhase.Absent, supervisor.State.Phase);
        Assert.Contains(_folder.At("missing"), supervisor.State.Detail, StringComparison.Ordinal);
    }

    [UnixFact]
    public void Executable_is_looked_for_on_the_path_then_in_our_folder_and_its_absence_explained()
    {
        var settings = Settings(Serve) with { Executable = null };
        Assert.Null(OllamaServeCommand.Find(settings, "/nonexistent", out var reason));
        Assert.Contains(OllamaAdvice.OwnCommand, reason, StringComparison.Ordinal);

        Directory.CreateDirectory(_folder.At("home", "engines", "ollama", "bin"));
        var own = _folder.Script("home/engines/ollama/bin/ollama", "true");
        Assert.Equal(own, OllamaServeCommand.Find(settings, "/nonexistent", out _));
        Directory.CreateDirectory(_folder.At("path"));
        var onPath = _folder.Script("path/ollama", "true");
        Assert.Equal(onPath, OllamaServeCommand.Find(settings, _folder.At("path"), out _));
    }

    private OllamaServeSettings Settings(string script) => new(
        new Uri("http://127.0.0.1:11499"),
        ManageMode.Auto,
        _folder.Script("ollama", script.Replace("STARTS", _folder.At("starts"), StringComparison.Ordinal)),
        new HomelabFolder(_folder.At("home")),
        Parallel: 4,
        Context: 0,
        AllowCloud: false);

    private OllamaSupervisor Create(string script, Func<OllamaServeSettings, OllamaServeSettings>? change = null)
    {
        var settings = Settings(script);
        OllamaSupervisor? supervisor = null;
        supervisor = new OllamaSupervisor(change?.Invoke(settings) ?? settings, _ => Task.FromResult(_look(supervisor!.State)), _time);
        supervisor.Changed += state => _states.Writer.TryWrite(state);
        return supervisor;
    }

    private async Task<OllamaSupervisorState> Next(OllamaPhase phase)
    {
        while (true)
        {
            var state = await _states.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
            if (state.Phase == phase)
            {
                return state;
            }
        }
    }
}
