using System.Globalization;
using System.Text;
using System.Text.Json;
using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Gateway;
using Homelab.Gateway.Access;

namespace Homelab.Control;

/// <summary><c>GET /homelab/v1/events</c>: the event feed as SSE, from <c>Last-Event-ID</c> or <c>?since=</c> on.
/// A comment every 15 s keeps idle connections open.</summary>
internal sealed class EventsEndpoint(EventFeed events, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>How long a reader may leave an event unread before its connection is closed; the listeners set no least rate.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly byte[] Comment = ": still here\n\n"u8.ToArray();

    public async Task HandleAsync(HttpContext context)
    {
        var text = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header
            ? header
            : context.Request.Query[ControlRoutes.SinceQuery].ToString();
        var since = 0L;
        if (text.Length > 0 && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out since))
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", "since is the id of an event, a whole number", "since").ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        if (string.Equals(context.Request.Query[ControlRoutes.FollowQuery], "false", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var wire in events.Since(since))
            {
                await WriteAsync(context, wire, context.RequestAborted).ConfigureAwait(false);
            }

            return;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await context.Response.Body.FlushAsync(ending.Token).ConfigureAwait(false);
        try
        {
            await FollowAsync(context, since, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The reader left, or the daemon ends.
        }
    }

    /// <summary>A key with a list of models is told of no others, be it as what an event is about or as what went for it.</summary>
    private static bool MaySee(Principal? principal, EventWire wire)
    {
        if (principal is null || principal.Models.IsEmpty)
        {
            return true;
        }

        return (wire.Model is not { Length: > 0 } model || principal.MayUse(model))
            && wire.Data.Values.SelectMany(static v => v.Split(' ')).All(word => !word.Contains(':', StringComparison.Ordinal) || !ModelName.TryParse(word, out var named) || principal.MayUse(named.Value));
    }

    private Task WriteAsync(HttpContext context, EventWire wire, CancellationToken cancellation)
    {
        if (!MaySee(context.GetPrincipal(), wire))
        {
            return Task.CompletedTask;
        }

        var json = JsonSerializer.Serialize(wire, ContractsJson.Default.EventWire);
        var text = string.Create(CultureInfo.InvariantCulture, $"id: {wire.Id}\nevent: {wire.Type}\ndata: {json}\n\n");
        return SendAsync(context, Encoding.UTF8.GetBytes(text), cancellation);
    }

    private async Task SendAsync(HttpContext context, byte[] bytes, CancellationToken cancellation)
    {
        try
        {
            await context.Response.Body.WriteAsync(bytes, cancellation).AsTask().WaitAsync(Patience, time, cancellation).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(cancellation).WaitAsync(Patience, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            context.Abort();
            throw new OperationCanceledException("the reader does not read");
        }
    }

    private async Task FollowAsync(HttpContext context, long since, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var following = events.FollowAsync(since, ending.Token).GetAsyncEnumerator(ending.Token);
        var next = following.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                var silence = Task.Delay(Silence, time, enough.Token);
                if (await Task.WhenAny(next, silence).ConfigureAwait(false) == silence)
                {
                    await SendAsync(context, Comment, cancellation).ConfigureAwait(false);
                    continue;
                }

                await enough.CancelAsync().ConfigureAwait(false);
                if (!await next.ConfigureAwait(false))
                {
                    return;
                }

                await WriteAsync(context, following.Current, cancellation).ConfigureAwait(false);
                next = following.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // An iterator that is still moving cannot be disposed, and one that is not leaves its reader in the feed.
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(next).ConfigureAwait(false);
            await following.DisposeAsync().ConfigureAwait(false);
        }
    }
}
