using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Homelab.Clients;

/// <summary>The two ways to call a control API over one connection pool: <see cref="Reads"/> are idempotent, retried and timed;
/// <see cref="Streams"/> (commands, progress, events) are sent once and last as long as they last.</summary>
internal sealed class ControlTransport : IDisposable
{
    private const long LargestAnswer = 32 * 1024 * 1024;
    private const int Retries = 2;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly SocketsHttpHandler _connections;

    public ControlTransport(Uri address, string? key, TimeProvider time)
    {
        _connections = new SocketsHttpHandler
        {
            // A key must never follow a redirect, nor loopback traffic go through a proxy of the environment.
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        Reads = Configure(new HttpClient(new ResilienceHandler(Pipeline(time)) { InnerHandler = _connections }, disposeHandler: false), address, key);
        Reads.Timeout = TotalTimeout;
        Reads.MaxResponseContentBufferSize = LargestAnswer;
        Streams = Configure(new HttpClient(_connections, disposeHandler: false), address, key);
        Streams.Timeout = Timeout.InfiniteTimeSpan;
        Streams.MaxResponseContentBufferSize = LargestAnswer;
    }

    /// <summary>For GETs that end.</summary>
    public HttpClient Reads { get; }

    /// <summary>For what changes something or streams.</summary>
    public HttpClient Streams { get; }

    public void Dispose()
    {
        Reads.Dispose();
        Streams.Dispose();
        _connections.Dispose();
    }

    private static HttpClient Configure(HttpClient client, Uri address, string? key)
    {
        client.BaseAddress = address;
        if (key is { Length: > 0 })
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return client;
    }

    private static ResiliencePipeline<HttpResponseMessage> Pipeline(TimeProvider time) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = Retries,
                Delay = FirstPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = false,
                ShouldRetryAfterHeader = false,
                ShouldHandle = static outcome => ValueTask.FromResult(MayHelp(outcome.Outcome)),
            })
            .AddTimeout(AttemptTimeout)
            .Build();

    /// <summary>A refused connection is final (nobody listens there, and people wait for the answer); so is what the server calls final.</summary>
    private static bool MayHelp(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } } => false,
        { Result: { StatusCode: HttpStatusCode.NotImplemented } } => false,
        { Result: { } response } when response.Headers.TryGetValues("x-should-retry", out var advice) && advice.Contains("false") => false,
        _ => HttpClientResiliencePredicates.IsTransient(outcome),
    };
}
