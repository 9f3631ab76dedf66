using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>An <c>ollama serve</c> of the test's own: its own port, models and home, never its user's. Disposing ends it and its runners at once.</summary>
internal sealed class RealOllamaServer : IAsyncDisposable
{
    private readonly TestProcess _process;

    private RealOllamaServer(TestProcess process, Uri address)
    {
        _process = process;
        Address = address;
        Runners = new RunnerWatch(process.Id);
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(1) };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public RunnerWatch Runners { get; }

    public int Id => _process.Id;

    /// <summary>What it logged.</summary>
    public string Log => _process.Error;

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Its environment: nothing that its user has set for their own Ollama.</summary>
    public static Dictionary<string, string?> Environment(string folder)
    {
        var environment = System.Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(k => k.StartsWith("OLLAMA_", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(k => k, _ => (string?)null);
        environment["OLLAMA_MODELS"] = Path.Combine(folder, "models");
        environment["HOME"] = folder;
        return environment;
    }

    /// <summary>Starts one and waits until it answers.</summary>
    /// <param name="folder">Its home, with its models.</param>
    /// <param name="port">Where it listens on loopback.</param>
    public static async Task<RealOllamaServer> StartAsync(string folder, int port)
    {
        var environment = Environment(folder);
        environment["OLLAMA_HOST"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        environment["OLLAMA_NO_CLOUD"] = "1";
        environment["OLLAMA_NUM_PARALLEL"] = "1";
        var process = TestProcess.Start(RealOllamaExecutable.Path!, ["serve"], environment, folder);
        var server = new RealOllamaServer(process, new Uri($"http://127.0.0.1:{port}/"));
        try
        {
            await Eventually.BecomesAsync("GET /api/version", "an answer", server.AnswersAsync, isUp => isUp);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        var runners = Runners.Running;
        await _process.DisposeAsync();
        Runners.KillAll();
        await Runners.DisposeAsync();
        Http.Dispose();
        await ChildProcesses.AreGoneAsync(runners);
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"ollama serve ended by itself\n{Log}");
        }

        try
        {
            using var answer = await Http.GetAsync(new Uri("api/version", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
