using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Contracts;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Homelab.Clients;

/// <summary>What a node says to its hub. Safe for use from many threads. Every call throws <see cref="ControlException"/> where it does not work, and
/// <see cref="OperationCanceledException"/> only where the caller cancelled. No redirect is followed: a credential would follow it.</summary>
/// <param name="address">Scheme, host and port.</param>
/// <param name="time">For pauses and time-outs.</param>
internal sealed class HubClient(Uri address, TimeProvider time) : IDisposable
{
    /// <summary>What an answer may take beyond the time for which the hub holds it.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    private static readonly ResiliencePropertyKey<TimeSpan> Allowed = new("homelab.allowed");

    private readonly ControlTransport _transport = new(address, null, time);

    /// <summary>For what is sent once: a join spends its token, and what a heartbeat says is old when it would be sent again.</summary>
    private readonly ResiliencePipeline<HttpResponseMessage> _once = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
        .AddTimeout(new HttpTimeoutStrategyOptions
        {
            TimeoutGenerator = static arguments => ValueTask.FromResult(arguments.Context.Properties.GetValue(Allowed, Slack)),
        })
        .Build();

    public Uri Address => address;

    /// <summary>Exchanges a join token for a credential. Sent once.</summary>
    public Task<JoinedWire> JoinAsync(JoinWire join, CancellationToken cancellation) =>
        PostAsync(ControlRoutes.Join, null, join, ContractsJson.Default.JoinWire, ContractsJson.Default.JoinedWire, Slack, cancellation);

    /// <summary>Sends a heartbeat, once, and waits for its answer as long as the hub may hold it and <see cref="Slack"/>.</summary>
    public Task<HeartbeatAckWire> BeatAsync(string credential, HeartbeatWire beat, CancellationToken cancellation) =>
        PostAsync(
            ControlRoutes.Heartbeat,
            credential,
            beat,
            ContractsJson.Default.HeartbeatWire,
            ContractsJson.Default.HeartbeatAckWire,
            TimeSpan.FromSeconds(beat.HoldSeconds) + Slack,
            cancellation);

    /// <summary>The cluster's models and apps; tried again where that may help.</summary>
    public async Task<IReadOnlyList<ModelWire>> ModelsAsync(string credential, CancellationToken cancellation)
    {
        try
        {
            using var request = Request(HttpMethod.Get, $"{ControlRoutes.Models}?{ControlRoutes.AppsQuery}=true", credential);
            using var response = await _transport.Reads.SendAsync(request, cancellation).ConfigureAwait(false);
            return await ReadAsync(response, ContractsJson.Default.IReadOnlyListModelWire, cancellation).ConfigureAwait(false);
        }
        catch (Exception problem) when (ControlFailure.Knows(problem, cancellation))
        {
            throw ControlFailure.Of(address, problem);
        }
    }

    public void Dispose() => _transport.Dispose();

    private static HttpRequestMessage Request(HttpMethod method, string path, string? credential)
    {
        var request = new HttpRequestMessage(method, path);
        if (credential is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        }

        return request;
    }

    private async Task<TAnswer> PostAsync<TBody, TAnswer>(string path, string? credential, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> type, TimeSpan allowed, CancellationToken cancellation)
    {
        var context = ResilienceContextPool.Shared.Get(cancellation);
        context.Properties.Set(Allowed, allowed);
        try
        {
            using var request = Request(HttpMethod.Post, path, credential);

            // As bytes, so that the length is known: a body without one could be cut unnoticed.
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var response = await _once.ExecuteAsync(
                static async (call, state) => await state.Streams.SendAsync(state.request, HttpCompletionOption.ResponseContentRead, call.CancellationToken).ConfigureAwait(false),
                context,
                (_transport.Streams, request)).ConfigureAwait(false);
            return await ReadAsync(response, type, cancellation).ConfigureAwait(false);
        }
        catch (Exception problem) when (ControlFailure.Knows(problem, cancellation))
        {
            throw ControlFailure.Of(address, problem);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await ControlFailure.OfAsync(address, response, cancellation, asksForKey: false).ConfigureAwait(false);
        }

        using var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        return await JsonSerializer.DeserializeAsync(body, type, cancellation).ConfigureAwait(false) ?? throw new JsonException("null");
    }
}
