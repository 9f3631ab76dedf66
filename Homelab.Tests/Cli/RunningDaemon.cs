using Homelab.Cli;

namespace Homelab.Tests.Cli;

/// <summary><c>homelab daemon --simulate</c> inside the test, as a user would start it, on a free port and in a folder of its own.
/// Disposing it sends the signal, and asserts that it ended well.</summary>
internal sealed class RunningDaemon : IAsyncDisposable
{
    private const string Announcement = "listening on ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("homelab-daemon-");
    private readonly CancellationTokenSource _signal = new();
    private readonly CancellationTokenSource _second;
    private readonly Task<int> _end;

    private RunningDaemon(CliRun cli, CancellationTokenSource second, string configuration, params string[] arguments)
    {
        Cli = cli;
        _second = second;
        if (configuration.Length > 0)
        {
            File.WriteAllText(Path.Combine(_home.FullName, "homelab.yaml"), configuration);
        }

        cli.Variables["HOMELAB_HOME"] = _home.FullName;
        cli.Variables.TryAdd("HOMELAB_DAEMON__ENGINES__SIMULATED__LOAD_RATE", "1024GiB");
        cli.Variables.TryAdd("HOMELAB_DAEMON__ENGINES__SIMULATED__TOKENS_PER_SECOND", "10000");
        _end = cli.RunAsync(_signal.Token, ["daemon", "--simulate", "--listen", "127.0.0.1:0", "--log-level", "warn", .. arguments]);
    }

    /// <summary>Its outputs.</summary>
    public CliRun Cli { get; }

    /// <summary>A client whose base address is the daemon's.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Starts it and waits until it can serve.</summary>
    /// <param name="variables">Further environment.</param>
    public static Task<RunningDaemon> StartAsync(params (string Name, string Value)[] variables) => StartAsync("", variables);

    /// <summary>The same with a configuration file.</summary>
    /// <param name="configuration">Its text; empty: there is none.</param>
    /// <param name="variables">Further environment.</param>
    public static async Task<RunningDaemon> StartAsync(string configuration, params (string Name, string Value)[] variables)
    {
        var second = new CancellationTokenSource();
        var cli = new CliRun { Time = TimeProvider.System, Hurry = second.Token };
        foreach (var (name, value) in variables)
        {
            cli.Variables[name] = value;
        }

        var daemon = new RunningDaemon(cli, second, configuration);
        await EndToEnd.Eventually.BecomesAsync("the daemon", "its address", () => Task.FromResult(cli.Out + cli.Error), text => text.Contains(Announcement, StringComparison.Ordinal));
        daemon.Http.BaseAddress = new Uri(cli.Out.Split('\n').First(l => l.StartsWith(Announcement, StringComparison.Ordinal))[Announcement.Length..]);
        await EndToEnd.Eventually.BecomesAsync("GET /readyz", "ok", () => daemon.ReadAsync("/readyz"), answer => answer == "ok\n");
        return daemon;
    }

    /// <summary>The body of a GET, whatever its status.</summary>
    public async Task<string> ReadAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Posts JSON and reads the whole answer.</summary>
    public async Task<(int Status, string Body)> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public Task<int> EndAsync() => _end.WaitAsync(Patience, TimeProvider.System);

    /// <summary>The signal that <see cref="DisposeAsync"/> sends, and then a second one.</summary>
    public async Task SignalTwiceAsync()
    {
        await _signal.CancelAsync();
        await EndToEnd.Eventually.BecomesAsync("standard output", "the notice of running requests", () => Task.FromResult(Cli.Out), o => o.Contains("stopping: 1 running", StringComparison.Ordinal));
        await _second.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _signal.CancelAsync();
        try
        {
            Assert.Equal(ExitCodes.Done, await EndAsync());
        }
        finally
        {
            _signal.Dispose();
            _second.Dispose();
            _home.Delete(recursive: true);
        }
    }
}
