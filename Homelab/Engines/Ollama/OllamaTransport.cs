using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Homelab.Engines.Ollama;

/// <summary>Our own connections to one Ollama (requests of clients have theirs): a pipeline of time-outs and retries for short control calls, and nothing of the kind
/// for loads, pulls and generations, which take as long as they take.</summary>
internal sealed class OllamaTransport : IDisposable
{
    /// <summary>Longest answer of a control call in bytes; 10,000 models need a fifth of it.</summary>
    public const int MaximumAnswer = 16 << 20;

    /// <summary>What one control call may take.</summary>
    public static readonly TimeSpan ControlTimeout = TimeSpan.FromSeconds(5);

    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _client;
    private readonly ResiliencePipeline<HttpResponseMessage> _retrying;
    private readonly ResiliencePipeline<HttpResponseMessage> _once;

    public OllamaTransport(Uri baseAddress, TimeProvider time)
    {
        BaseAddress = baseAddress;

        // Ollama on loopback answers 403 to a Host that is not this machine.
        HostHeader = baseAddress.IsLoopback ? $"127.0.0.1:{baseAddress.Port}" : baseAddress.Authority;
        _handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),

            // An answer given up early closes its connection at once, and Ollama stops generating; draining would keep it busy for two seconds more.
            MaxResponseDrainSize = 0,
        };
        _client = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaximumAnswer };

        // The time-out is the inner strategy: each try has its own.
        _retrying = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new HttpRetryStrategyOptions { MaxRetryAttempts = 2, Delay = TimeSpan.FromMilliseconds(100), UseJitter = false })
            .AddTimeout(new HttpTimeoutStrategyOptions { Timeout = ControlTimeout })
            .Build();
        _once = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddTimeout(new HttpTimeoutStrategyOptions { Timeout = TimeSpan.FromSeconds(60) })
            .Build();
    }

    public Uri BaseAddress { get; }

    /// <summary>The <c>Host</c> that every request carries.</summary>
    public string HostHeader { get; }

    /// <summary>Reads a small answer whole: retried, since reading changes nothing.</summary>
    public async Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancellation) =>
        await _retrying.ExecuteAsync(async token => await SendAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseContentRead, token), cancellation);

    /// <summary>A short call that is sent once and bounded in time, its answer read whole unless <paramref name="completion"/> says otherwise.</summary>
    public async Task<HttpResponseMessage> CallAsync(HttpMethod method, string path, byte[] body, HttpCompletionOption completion, CancellationToken cancellation) =>
        await _once.ExecuteAsync(async token => await SendAsync(method, path, body, completion, token), cancellation);

    /// <summary>A call that takes as long as it takes, sent once.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[]? body, HttpCompletionOption completion, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, new Uri(BaseAddress, path));
        request.Headers.Host = HostHeader;
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new("application/json");
        }

        return _client.SendAsync(request, completion, cancellation);
    }

    public void Dispose()
    {
        _client.Dispose();
        _handler.Dispose();
    }
}
