using System.Globalization;
using System.Runtime.CompilerServices;
using Homelab.Contracts;
using Homelab.Telemetry;

namespace Homelab.Clients;

internal sealed partial class ControlClient
{
    /// <summary>The apps of the machine that answers, or of a hub's machines.</summary>
    /// <param name="node">Only of this one; null: of all.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<IReadOnlyList<AppWire>> AppsAsync(string? node, CancellationToken cancellation) =>
        GetAsync(node is null ? ControlRoutes.Apps : $"{ControlRoutes.Apps}?{ControlRoutes.NodeQuery}={Uri.EscapeDataString(node)}", ContractsJson.Default.IReadOnlyListAppWire, cancellation);

    /// <summary>Starts an app; items as for <see cref="LoadAsync"/>.</summary>
    public IAsyncEnumerable<ProgressWire> StartAppAsync(string app, string? node, CancellationToken cancellation) =>
        CommandAsync(AppPath(ControlRoutes.StartApp, app, node), (HttpContent?)null, cancellation);

    /// <summary>Stops an app; items as for <see cref="LoadAsync"/>.</summary>
    public IAsyncEnumerable<ProgressWire> StopAppAsync(string app, string? node, CancellationToken cancellation) =>
        CommandAsync(AppPath(ControlRoutes.StopApp, app, node), (HttpContent?)null, cancellation);

    /// <summary>The last lines that an app has printed, and where it is asked for all further ones, until it is cancelled. Fit for a terminal.</summary>
    public async IAsyncEnumerable<string> AppLogAsync(string app, int lines, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = follow ? $"&{ControlRoutes.FollowQuery}=true" : "";
        using var request = new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{ControlRoutes.AppLogs.Replace("{name}", Uri.EscapeDataString(app), StringComparison.Ordinal)}?{ControlRoutes.LinesQuery}={lines}{query}"));
        using var response = await SendAsync(_transport.Streams, request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        await using var reader = new BoundedLineReader(await StreamAsync(response, cancellation).ConfigureAwait(false), LongestLine, follow ? Timeout.InfiniteTimeSpan : TimeSpan.FromMinutes(1), time);
        while (await Guarded(() => reader.ReadAsync(cancellation), cancellation).ConfigureAwait(false) is { } line)
        {
            yield return Printable.OneLine(line, LongestLine);
        }
    }

    private static string AppPath(string route, string app, string? node) =>
        $"{route.Replace("{name}", Uri.EscapeDataString(app), StringComparison.Ordinal)}?{ControlRoutes.ProgressQuery}=true{(node is null ? "" : $"&{ControlRoutes.NodeQuery}={Uri.EscapeDataString(node)}")}";
}
