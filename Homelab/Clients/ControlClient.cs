using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Contracts;

namespace Homelab.Clients;

/// <summary>Typed client of the control API of a daemon or hub. Safe for use from many threads. Every call throws
/// <see cref="ControlException"/> where it does not work, and <see cref="OperationCanceledException"/> only where the caller cancelled.</summary>
/// <param name="address">Scheme, host and port.</param>
/// <param name="key">Sent as <c>Authorization: Bearer</c>; null for none.</param>
/// <param name="time">For pauses and time-outs.</param>
internal sealed partial class ControlClient(Uri address, string? key, TimeProvider time) : IDisposable
{
    private const int LongestLine = 1 << 20;
    private readonly ControlTransport _transport = new(address, key, time);

    public Uri Address => address;

    public Task<StatusWire> StatusAsync(CancellationToken cancellation) =>
        GetAsync(ControlRoutes.Status, ContractsJson.Default.StatusWire, cancellation);

    public Task<IReadOnlyList<NodeWire>> NodesAsync(CancellationToken cancellation) =>
        GetAsync(ControlRoutes.Nodes, ContractsJson.Default.IReadOnlyListNodeWire, cancellation);

    public Task<IReadOnlyList<ModelWire>> ModelsAsync(CancellationToken cancellation) =>
        GetAsync(ControlRoutes.Models, ContractsJson.Default.IReadOnlyListModelWire, cancellation);

    public Task<ExplainWire> ExplainAsync(string model, CancellationToken cancellation) =>
        GetAsync($"{ControlRoutes.Explain}?{ControlRoutes.ModelQuery}={Uri.EscapeDataString(model)}", ContractsJson.Default.ExplainWire, cancellation);

    /// <summary>Whether, where and with what context a model fits the machine that answers.</summary>
    public Task<FitWire> FitAsync(string model, int? context, CancellationToken cancellation) => GetAsync(
        $"{ControlRoutes.FitModel}?{ControlRoutes.ModelQuery}={Uri.EscapeDataString(model)}{(context is { } tokens ? $"&{ControlRoutes.ContextQuery}={tokens}" : "")}",
        ContractsJson.Default.FitWire,
        cancellation);

    /// <summary>Requests and tokens since a moment; null: as far back as is kept.</summary>
    public Task<UsageWire> UsageAsync(DateTimeOffset? since, CancellationToken cancellation) =>
        GetAsync(
            since is { } from ? $"{ControlRoutes.Usage}?{ControlRoutes.SinceQuery}={Uri.EscapeDataString(from.ToString("O"))}" : ControlRoutes.Usage,
            ContractsJson.Default.UsageWire,
            cancellation);

    /// <summary>Loads a model. The last item is done and has a result or an error; ending the enumeration early leaves the load to the server.</summary>
    public IAsyncEnumerable<ProgressWire> LoadAsync(ModelCommandWire command, CancellationToken cancellation) =>
        CommandAsync(ControlRoutes.LoadModel, command, cancellation);

    /// <inheritdoc cref="LoadAsync"/>
    public IAsyncEnumerable<ProgressWire> UnloadAsync(ModelCommandWire command, CancellationToken cancellation) =>
        CommandAsync(ControlRoutes.UnloadModel, command, cancellation);

    /// <summary>Downloads a model; items as for <see cref="LoadAsync"/>.</summary>
    public IAsyncEnumerable<ProgressWire> PullAsync(ModelCommandWire command, CancellationToken cancellation) =>
        CommandAsync(ControlRoutes.PullModel, command, cancellation);

    /// <summary>Deletes a model from disk.</summary>
    public Task<ModelCommandResultWire> DeleteAsync(ModelCommandWire command, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Delete, ControlRoutes.Models, JsonContent.Create(command, ContractsJson.Default.ModelCommandWire), ContractsJson.Default.ModelCommandResultWire, cancellation);

    /// <summary>Sends a machine nothing new from now on. Hub only, as all below.</summary>
    public Task<NodeWire> DrainAsync(string node, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Post, ControlRoutes.DrainNode.Replace("{id}", Uri.EscapeDataString(node), StringComparison.Ordinal), null, ContractsJson.Default.NodeWire, cancellation);

    /// <summary>Ends a drain.</summary>
    public Task<NodeWire> ResumeAsync(string node, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Post, ControlRoutes.ResumeNode.Replace("{id}", Uri.EscapeDataString(node), StringComparison.Ordinal), null, ContractsJson.Default.NodeWire, cancellation);

    /// <summary>Forgets a machine and revokes its credential.</summary>
    public Task<NodeWire> RemoveNodeAsync(string node, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Delete, ControlRoutes.Node.Replace("{id}", Uri.EscapeDataString(node), StringComparison.Ordinal), null, ContractsJson.Default.NodeWire, cancellation);

    public Task<IReadOnlyList<AliasWire>> AliasesAsync(CancellationToken cancellation) =>
        GetAsync(ControlRoutes.Aliases, ContractsJson.Default.IReadOnlyListAliasWire, cancellation);

    /// <summary>Gives models another name.</summary>
    public Task<AliasWire> SetAliasAsync(string name, AliasRequestWire alias, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Put, ControlRoutes.Alias.Replace("{name}", Uri.EscapeDataString(name), StringComparison.Ordinal), JsonContent.Create(alias, ContractsJson.Default.AliasRequestWire), ContractsJson.Default.AliasWire, cancellation);

    /// <summary>Takes a name back.</summary>
    public Task<AliasWire> RemoveAliasAsync(string name, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Delete, ControlRoutes.Alias.Replace("{name}", Uri.EscapeDataString(name), StringComparison.Ordinal), null, ContractsJson.Default.AliasWire, cancellation);

    public Task<IReadOnlyList<KeyWire>> KeysAsync(CancellationToken cancellation) =>
        GetAsync(ControlRoutes.Keys, ContractsJson.Default.IReadOnlyListKeyWire, cancellation);

    /// <summary>Makes a service key; the answer is the only place where its secret is.</summary>
    public Task<KeyMadeWire> AddKeyAsync(KeyRequestWire key, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Post, ControlRoutes.Keys, JsonContent.Create(key, ContractsJson.Default.KeyRequestWire), ContractsJson.Default.KeyMadeWire, cancellation);

    /// <summary>Revokes a key, by its id or name.</summary>
    public Task<KeyWire> RevokeKeyAsync(string key, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Delete, ControlRoutes.Key.Replace("{id}", Uri.EscapeDataString(key), StringComparison.Ordinal), null, ContractsJson.Default.KeyWire, cancellation);

    /// <summary>Makes a join token; the answer is the only place where it is.</summary>
    public Task<JoinTokenWire> MakeJoinTokenAsync(JoinTokenRequestWire token, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Post, ControlRoutes.JoinTokens, JsonContent.Create(token, ContractsJson.Default.JoinTokenRequestWire), ContractsJson.Default.JoinTokenWire, cancellation);

    /// <summary>Which folders of the machines may be read; null: of every machine. Sent once, as all below: each reading is an event.</summary>
    public Task<IReadOnlyList<InfraNodeWire>> InfraAsync(string? node, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Get, node is null ? ControlRoutes.Infra : $"{ControlRoutes.Infra}?{ControlRoutes.NodeQuery}={Uri.EscapeDataString(node)}", null, ContractsJson.Default.IReadOnlyListInfraNodeWire, cancellation);

    /// <summary>One folder of a machine.</summary>
    /// <param name="node">Id or name.</param>
    /// <param name="root">Name of a root.</param>
    /// <param name="path">Below it; empty: the root itself.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<InfraListWire> InfraListAsync(string node, string root, string path, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Get, InfraPath(ControlRoutes.InfraFolder, node, root, path), null, ContractsJson.Default.InfraListWire, cancellation);

    /// <summary>A window of a text file of a machine.</summary>
    /// <param name="node">Id or name.</param>
    /// <param name="root">Name of a root.</param>
    /// <param name="path">Below it.</param>
    /// <param name="offset">The byte to begin at; a negative one counts from the end.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<InfraFileWire> InfraReadAsync(string node, string root, string path, long offset, CancellationToken cancellation) =>
        ChangeAsync(HttpMethod.Get, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{InfraPath(ControlRoutes.InfraFile, node, root, path)}&{ControlRoutes.OffsetQuery}={offset}"), null, ContractsJson.Default.InfraFileWire, cancellation);

    /// <summary>The events after <paramref name="since"/> that are kept (0: all).</summary>
    public async IAsyncEnumerable<EventWire> EventsAsync(long since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var reader = await OpenEventsAsync(since, follow: false, TimeSpan.FromMinutes(1), cancellation).ConfigureAwait(false);
        while (await Guarded(() => reader.ReadAsync(cancellation), cancellation).ConfigureAwait(false) is { } item)
        {
            if (ParseEvent(item) is { } wire)
            {
                yield return wire;
            }
        }
    }

    /// <summary>The kept events after <paramref name="since"/> and then every new one, over any number of connections, none twice; ends only by cancelling.
    /// The first connection must succeed.</summary>
    /// <param name="since">The last event known; 0: none.</param>
    /// <param name="lost">Told why a connection ended, before the next one is tried.</param>
    /// <param name="cancellation">Ends it.</param>
    public IAsyncEnumerable<EventWire> FollowEventsAsync(long since, Action<string>? lost, CancellationToken cancellation) =>
        new EventSubscription(this, time, lost).FollowAsync(since, cancellation);

    public void Dispose() => _transport.Dispose();

    /// <summary>One connection to the feed. The caller disposes the reader.</summary>
    internal async Task<ServerSentEventReader> OpenEventsAsync(long since, bool follow, TimeSpan idle, CancellationToken cancellation)
    {
        var query = follow ? "" : $"&{ControlRoutes.FollowQuery}=false";
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{ControlRoutes.Events}?{ControlRoutes.SinceQuery}={since}{query}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (since > 0)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", since.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        var response = await SendAsync(_transport.Streams, request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        return new ServerSentEventReader(new BoundedLineReader(await StreamAsync(response, cancellation).ConfigureAwait(false), LongestLine, idle, time), LongestLine);
    }

    internal EventWire? ParseEvent(ServerSentEvent item)
    {
        try
        {
            return item.Data.Length == 0 ? null : JsonSerializer.Deserialize(item.Data, ContractsJson.Default.EventWire);
        }
        catch (JsonException problem)
        {
            throw ControlFailure.Of(address, problem);
        }
    }

    /// <summary>Runs one step of a stream and turns what goes wrong into <see cref="ControlException"/>.</summary>
    internal async ValueTask<T> Guarded<T>(Func<ValueTask<T>> step, CancellationToken cancellation)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (Exception problem) when (ControlFailure.Knows(problem, cancellation))
        {
            throw ControlFailure.Of(address, problem);
        }
    }

    private static string InfraPath(string route, string node, string root, string path) =>
        $"{route.Replace("{node}", Uri.EscapeDataString(node), StringComparison.Ordinal).Replace("{root}", Uri.EscapeDataString(root), StringComparison.Ordinal)}?{ControlRoutes.PathQuery}={Uri.EscapeDataString(path)}";

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(_transport.Reads, request, HttpCompletionOption.ResponseContentRead, cancellation).ConfigureAwait(false);
        return await ReadJsonAsync(response, type, cancellation).ConfigureAwait(false);
    }

    /// <summary>A call that changes something, or that is noted down; never sent again by itself.</summary>
    private async Task<T> ChangeAsync<T>(HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await SendAsync(_transport.Streams, request, HttpCompletionOption.ResponseContentRead, cancellation).ConfigureAwait(false);
        return await ReadJsonAsync(response, type, cancellation).ConfigureAwait(false);
    }

    private IAsyncEnumerable<ProgressWire> CommandAsync(string route, ModelCommandWire command, CancellationToken cancellation) =>
        CommandAsync($"{route}?{ControlRoutes.ProgressQuery}=true", JsonContent.Create(command, ContractsJson.Default.ModelCommandWire), cancellation);

    private async IAsyncEnumerable<ProgressWire> CommandAsync(string path, HttpContent? content, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        using var response = await SendAsync(_transport.Streams, request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType != ControlRoutes.ProgressMediaType)
        {
            yield return new ProgressWire("done", Done: true, Result: await ReadJsonAsync(response, ContractsJson.Default.ModelCommandResultWire, cancellation).ConfigureAwait(false));
            yield break;
        }

        await using var lines = new BoundedLineReader(await StreamAsync(response, cancellation).ConfigureAwait(false), LongestLine, Timeout.InfiniteTimeSpan, time);
        while (await Guarded(() => lines.ReadAsync(cancellation), cancellation).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            var progress = ParseProgress(line);
            yield return progress;
            if (progress.Done)
            {
                yield break;
            }
        }

        throw new ControlException("the connection ended before the work was done; it may still go on there", ControlException.Failed);
    }

    private ProgressWire ParseProgress(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ContractsJson.Default.ProgressWire) ?? throw new JsonException("null");
        }
        catch (JsonException problem)
        {
            throw ControlFailure.Of(address, problem);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellation)
    {
        var response = await Guarded(async () => await client.SendAsync(request, completion, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ControlFailure.OfAsync(address, response, cancellation).ConfigureAwait(false);
        }
    }

    private ValueTask<T> ReadJsonAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        Guarded(
            async () => await response.Content.ReadFromJsonAsync(type, cancellation).ConfigureAwait(false) ?? throw new JsonException("null"),
            cancellation);

    private ValueTask<Stream> StreamAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        Guarded(async () => await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false), cancellation);
}
