using Homelab.Cli;
using Homelab.Tests.Cli;
using ModelContextProtocol.Client;

namespace Homelab.Tests.Roles.Mcp;

/// <summary><c>homelab mcp</c> inside the test, as a user would start it, on a free port. Disposing it sends the signal, and asserts that it ended well.</summary>
internal sealed class RunningMcp : IAsyncDisposable
{
    private const string Announcement = "listening on ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("homelab-mcp-");
    private readonly CancellationTokenSource _signal = new();
    private readonly Task<int> _end;

    private RunningMcp(CliRun cli, string[] arguments)
    {
        Cli = cli;
        cli.Variables["HOMELAB_HOME"] = _home.FullName;
        _end = cli.RunAsync(_signal.Token, ["mcp", "--listen", "127.0.0.1:0", .. arguments]);
    }

    /// <summary>Its outputs.</summary>
    public CliRun Cli { get; }

    /// <summary>Its base address.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>A client whose base address is the server's.</summary>
    public HttpClient Http { get; private set; } = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="target">The control API that its tools call.</param>
    /// <param name="variables">Further environment.</param>
    /// <param name="arguments">Further arguments.</param>
    public static async Task<RunningMcp> StartAsync(Uri target, IReadOnlyDictionary<string, string>? variables = null, params string[] arguments)
    {
        var cli = new CliRun { Time = TimeProvider.System };
        cli.Variables["HOMELAB_URL"] = target.ToString();
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            cli.Variables[name] = value;
        }

        var mcp = new RunningMcp(cli, arguments);
        await EndToEnd.Eventually.BecomesAsync("homelab mcp", "its address", () => Task.FromResult(cli.Out + cli.Error), text => text.Contains(Announcement, StringComparison.Ordinal));
        mcp.Url = new Uri(cli.Out.Split('\n').First(l => l.StartsWith(Announcement, StringComparison.Ordinal))[Announcement.Length..]);
        mcp.Http.BaseAddress = mcp.Url;
        return mcp;
    }

    /// <summary>The SDK's own client over a transport. The caller disposes it.</summary>
    /// <param name="mode">Which.</param>
    /// <param name="path">Where.</param>
    /// <param name="key">Sent with every request.</param>
    /// <param name="protocol">The version that it speaks; null: the newest, which has no sessions over Streamable HTTP.</param>
    public Task<McpClient> ConnectAsync(HttpTransportMode mode = HttpTransportMode.StreamableHttp, string path = "/mcp", string? key = null, string? protocol = null) =>
        McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(Url, path),
            TransportMode = mode,
            AdditionalHeaders = key is null ? null : new Dictionary<string, string> { ["Authorization"] = "Bearer " + key },
        }), new McpClientOptions { ProtocolVersion = protocol });

    /// <summary>The value of a metric.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return double.Parse(text.Split('\n').Single(l => l.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _signal.CancelAsync();
        try
        {
            Assert.Equal(ExitCodes.Done, await _end.WaitAsync(Patience, TimeProvider.System));
        }
        finally
        {
            _signal.Dispose();
            _home.Delete(recursive: true);
        }
    }
}
