using System.Net;
using System.Security.Authentication;
using Homelab.Telemetry;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Homelab.Apps.Downloads;

/// <summary>Which failures are tried again, and after what pause.</summary>
internal static class TryPolicy
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    /// <summary>Tries that bring nothing; what brings bytes leaves the pipeline and begins a new count.</summary>
    /// <param name="options">Limits.</param>
    /// <param name="time">Measures pauses.</param>
    /// <param name="retrying">Told why, before each pause.</param>
    public static ResiliencePipeline<HttpResponseMessage> Pipeline(DownloadOptions options, TimeProvider time, Action<string> retrying)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time };
        return options.Attempts <= 1 ? builder.Build() : builder.AddRetry(new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = options.Attempts - 1,
            Delay = options.FirstPause,
            MaxDelay = LongestBackOff,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = outcome => ValueTask.FromResult(MayHelp(outcome.Outcome, options, time)),
            DelayGenerator = outcome => ValueTask.FromResult(outcome.Outcome.Result is { } response ? AskedPause(response, time) : null),
            OnRetry = outcome =>
            {
                retrying(outcome.Outcome.Exception is { } exception ? Describe(exception) : $"the server answers {(int)outcome.Outcome.Result!.StatusCode}");
                return default;
            },
        }).Build();
    }

    /// <summary>The pause that an answer asks for (RFC 9110, 10.2.3).</summary>
    public static TimeSpan? AskedPause(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow() is { Ticks: > 0 } rest ? rest : TimeSpan.Zero,
        _ => null,
    };

    public static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    /// <summary>A network's failure in words, without addresses.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the name of the server cannot be resolved",
        HttpRequestException { InnerException: AuthenticationException inner } => "its certificate is not accepted: " + Printable.OneLine(inner.Message, 200),
        HttpRequestException { InnerException: { } inner } => Printable.OneLine(inner.Message, 200),
        _ => Printable.OneLine(exception.Message, 200),
    };

    private static bool MayHelp(Outcome<HttpResponseMessage> outcome, DownloadOptions options, TimeProvider time) => outcome switch
    {
        { Exception: HttpRequestException { InnerException: AuthenticationException } } => false,
        { Exception: HttpRequestException or IOException } => true,
        { Result: { } response } => IsTransient(response.StatusCode) && (AskedPause(response, time) ?? TimeSpan.Zero) <= options.LongestPause,
        _ => false,
    };
}
