using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Homelab.Tests.EndToEnd;

/// <summary>The published executable running as a daemon, a hub or an MCP server, on a free port, with a home of its own. Disposing it stops it by SIGTERM and asserts
/// that it ended well, unless the test killed it.</summary>
internal sealed class HomelabProcess : IAsyncDisposable
{
    private const string Announcement = "listening on ";
    private const string Daemon = "daemon";
    private const string Hub = "hub";
    private const string Mcp = "mcp";
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(45);

    private readonly HomelabHome _home;
    private readonly Dictionary<string, string?> _environment;
    private readonly string _role;
    private readonly StringBuilder _earlier = new();
    private TestProcess _process;
    private bool _wasKilled;

    private HomelabProcess(HomelabHome home, Dictionary<string, string?> environment, string role, TestProcess process, Uri url)
    {
        _home = home;
        _environment = environment;
        _role = role;
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

    /// <summary>Both outputs of all its lives, for failure messages.</summary>
    public string Log => _earlier + _process.Output + _process.Error;

    /// <summary>Starts a daemon and waits until it is ready.</summary>
    /// <param name="yaml">Its configuration file; the listener is always a free port on loopback.</param>
    /// <param name="environment">Further environment.</param>
    /// <param name="flags">Further arguments.</param>
    public static Task<HomelabProcess> StartAsync(string yaml, IReadOnlyDictionary<string, string?>? environment = null, params string[] flags) =>
        StartAsync(new HomelabHome(yaml), Daemon, "127.0.0.1:0", environment, flags);

    /// <summary>Starts a hub. Its port is its own for good: those who report to it find it again after a restart.</summary>
    /// <param name="yaml">Its configuration file.</param>
    public static Task<HomelabProcess> StartHubAsync(string yaml) => StartAsync(new HomelabHome(yaml), Hub, FreeAddress(), null, []);

    /// <summary>Starts an MCP server.</summary>
    /// <param name="target">The daemon or hub whose cluster its tools show.</param>
    /// <param name="environment">Further environment.</param>
    /// <param name="flags">Further arguments.</param>
    public static Task<HomelabProcess> StartMcpAsync(Uri target, IReadOnlyDictionary<string, string?>? environment = null, params string[] flags) =>
        StartAsync(new HomelabHome(), Mcp, "127.0.0.1:0", environment, ["--url", target.ToString(), .. flags]);

    /// <summary>Kills it, and starts another with the same home; a daemon at another address.</summary>
    public async Task CrashAndRestartAsync()
    {
        await KillAsync();
        await StartAgainAsync();
    }

    /// <summary>Ends it at once, as a power failure would.</summary>
    public async Task KillAsync()
    {
        _wasKilled = true;
        _process.Signal("KILL");
        await ExitAsync();
    }

    /// <summary>Starts it once more after its end, with the same home and without the flags of the first time.</summary>
    /// <param name="without">A variable of the first time that it starts without.</param>
    public async Task StartAgainAsync(string? without = null)
    {
        if (without is not null)
        {
            _environment.Remove(without);
        }

        _earlier.Append(_process.Output).Append(_process.Error);
        await _process.DisposeAsync();
        Http.Dispose();
        _wasKilled = false;
        _process = Start(_role, _environment, []);
        Url = await AddressAsync(_process);
        Http = Client(Url);
        await Eventually.BecomesAsync($"GET /{ReadyPath}", "200", ReadyAsync, status => status == HttpStatusCode.OK);
    }

    /// <summary>It stands still, its connections open, as a machine that fell off the network.</summary>
    public void Freeze() => _process.Signal("STOP");

    /// <summary>It goes on after <see cref="Freeze"/>.</summary>
    public void Thaw() => _process.Signal("CONT");

    public async Task<HttpResponseMessage> PostAsync(string path, string json, bool stream = false, CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
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
                Thaw();
                Terminate();
            }

            var code = await ExitAsync();
            if (!OperatingSystem.IsWindows() && !_wasKilled)
            {
                Assert.True(code == 0, $"the {_role} ended with {code}\n{Log}");
            }
        }
        finally
        {
            await _process.DisposeAsync();
            _home.Dispose();
        }
    }

    /// <summary>A hub without a machine is ready for none, and an MCP server is once it listens.</summary>
    private string ReadyPath => _role == Daemon ? "readyz" : "healthz";

    private static async Task<HomelabProcess> StartAsync(HomelabHome home, string role, string listen, IReadOnlyDictionary<string, string?>? environment, string[] flags)
    {
        Assert.True(File.Exists(HomelabExecutable.Path), $"no executable at {HomelabExecutable.Path}");
        var variables = HomelabCommand.Environment(home, environment ?? new Dictionary<string, string?>());
        variables.TryAdd($"HOMELAB_{role.ToUpperInvariant()}__LISTEN", listen);
        var process = Start(role, variables, flags);
        try
        {
            var started = new HomelabProcess(home, variables, role, process, await AddressAsync(process));
            await Eventually.BecomesAsync($"GET /{started.ReadyPath}", "200", started.ReadyAsync, status => status == HttpStatusCode.OK);
            return started;
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or Xunit.Sdk.XunitException)
        {
            await process.DisposeAsync();
            home.Dispose();
            throw new InvalidOperationException($"the {role} did not come up: {e.Message}\n{process.Output}\n{process.Error}", e);
        }
    }

    private static TestProcess Start(string role, Dictionary<string, string?> environment, string[] flags) =>
        TestProcess.Start(HomelabExecutable.Path, [role, .. flags], environment, announcement: Announcement);

    /// <summary>A free address on loopback that no outgoing connection is ever given: those come from higher ports.</summary>
    private static string FreeAddress()
    {
        for (var port = 20_000 + (Environment.ProcessId % 5000); ; port++)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    private static async Task<Uri> AddressAsync(TestProcess process) => new(await process.Announced.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));

    private static HttpClient Client(Uri url) =>
        new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 256 }) { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };

    private async Task<HttpStatusCode> ReadyAsync()
    {
        using var answer = await Http.GetAsync(new Uri(ReadyPath, UriKind.Relative));
        return answer.StatusCode;
    }
}
