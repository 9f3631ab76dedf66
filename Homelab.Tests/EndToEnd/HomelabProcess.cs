using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Homelab.Tests.EndToEnd;

/// <summary>The published executable running as a daemon on a free port, with a home of its own. Disposing it stops it by SIGTERM and asserts that it
/// ended well.</summary>
internal sealed class HomelabProcess : IAsyncDisposable
{
    private const string Announcement = "listening on ";
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(45);

    private readonly HomelabHome _home;
    private readonly Dictionary<string, string?> _environment;
    private TestProcess _process;

    private HomelabProcess(HomelabHome home, Dictionary<string, string?> environment, TestProcess process, Uri url)
    {
        _home = home;
        _environment = environment;
        _process = process;
        Url = url;
        Http = Client(url);
    }

    /// <summary>Its base address, <c>http://127.0.0.1:PORT/</c>.</summary>
    public Uri Url { get; private set; }

    /// <summary>A client of it without a total time-out.</summary>
    public HttpClient Http { get; private set; }

    public HomelabHome Home => _home;

    public int Id => _process.Id;

    /// <summary>Both outputs, for failure messages.</summary>
    public string Log => _process.Output + _process.Error;

    /// <summary>Starts a daemon and waits until it is ready.</summary>
    /// <param name="yaml">Its configuration file; the listener is always a free port on loopback.</param>
    /// <param name="environment">Further environment.</param>
    public static async Task<HomelabProcess> StartAsync(string yaml, IReadOnlyDictionary<string, string?>? environment = null)
    {
        Assert.True(File.Exists(HomelabExecutable.Path), $"no executable at {HomelabExecutable.Path}");
        var home = new HomelabHome(yaml);
        var variables = HomelabCommand.Environment(home, environment ?? new Dictionary<string, string?>());
        variables.TryAdd("HOMELAB_DAEMON__LISTEN", "127.0.0.1:0");
        var process = Start(variables);
        try
        {
            var daemon = new HomelabProcess(home, variables, process, await AddressAsync(process));
            await Eventually.BecomesAsync("GET /readyz", "200", daemon.ReadyAsync, status => status == HttpStatusCode.OK);
            return daemon;
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or Xunit.Sdk.XunitException)
        {
            await process.DisposeAsync();
            home.Dispose();
            throw new InvalidOperationException($"the daemon did not come up: {e.Message}\n{process.Output}\n{process.Error}", e);
        }
    }

    /// <summary>Kills it, and starts another with the same home at another address.</summary>
    public async Task CrashAndRestartAsync()
    {
        _process.Signal("KILL");
        await ExitAsync();
        await _process.DisposeAsync();
        Http.Dispose();
        _process = Start(_environment);
        Url = await AddressAsync(_process);
        Http = Client(Url);
        await Eventually.BecomesAsync("GET /readyz", "200", ReadyAsync, status => status == HttpStatusCode.OK);
    }

    public async Task<HttpResponseMessage> PostAsync(string path, string json, bool stream = false, CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        return await Http.SendAsync(request, stream ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, cancellation);
    }

    /// <summary><c>GET /homelab/v1/status</c>.</summary>
    public Task<JsonElement> StatusAsync() => Http.GetFromJsonAsync<JsonElement>("homelab/v1/status");

    /// <summary>Waits until no request holds a lease and none waits.</summary>
    public Task IsIdleAsync(int limitSeconds = 20) => Eventually.BecomesAsync(
        "GET /homelab/v1/status",
        "no leases and nobody waiting",
        StatusAsync,
        s => s.GetProperty("leases").GetInt32() == 0 && s.GetProperty("queue_depth").GetInt32() == 0,
        limitSeconds);

    /// <summary>The models that are in memory, by what the daemon says.</summary>
    public async Task<IReadOnlyList<string>> HotAsync()
    {
        var models = await Http.GetFromJsonAsync<JsonElement>("homelab/v1/models");
        return [.. from model in models.EnumerateArray() where model.GetProperty("state").GetString() is "hot" or "leased" select model.GetProperty("name").GetString()!];
    }

    /// <summary>Runs a command of the executable against this daemon.</summary>
    public Task<HomelabCommand> CommandAsync(params string[] arguments) =>
        HomelabCommand.RunAsync(_home, new Dictionary<string, string?> { ["HOMELAB_URL"] = Url.ToString() }, arguments);

    public void Terminate() => _process.Signal("TERM");

    /// <summary>Its exit code, once it has ended.</summary>
    public Task<int> ExitAsync() => _process.ExitAsync(StopLimit);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        try
        {
            if (!_process.HasExited)
            {
                Terminate();
            }

            var code = await ExitAsync();
            if (!OperatingSystem.IsWindows())
            {
                Assert.True(code == 0, $"the daemon ended with {code}\n{Log}");
            }
        }
        finally
        {
            await _process.DisposeAsync();
            _home.Dispose();
        }
    }

    private static TestProcess Start(Dictionary<string, string?> environment) =>
        TestProcess.Start(HomelabExecutable.Path, ["daemon"], environment, announcement: Announcement);

    private static async Task<Uri> AddressAsync(TestProcess process) => new(await process.Announced.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));

    private static HttpClient Client(Uri url) =>
        new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 256 }) { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };

    private async Task<HttpStatusCode> ReadyAsync()
    {
        using var answer = await Http.GetAsync(new Uri("readyz", UriKind.Relative));
        return answer.StatusCode;
    }
}
