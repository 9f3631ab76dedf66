using System.Globalization;
using Homelab.Contracts;

namespace Homelab.Control;

/// <summary><c>GET /homelab/v1/usage?since=</c>: requests and tokens by key, model and node, since a moment or as far back as is kept.</summary>
internal sealed class UsageEndpoint(Func<DateTimeOffset, UsageWire> usage)
{
    public Task HandleAsync(HttpContext context)
    {
        var text = context.Request.Query[ControlRoutes.SinceQuery].ToString();
        var since = DateTimeOffset.UnixEpoch;
        return text.Length > 0 && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out since)
            ? ControlReply.FailAsync(context, 400, "invalid_request", "since is a moment as ISO 8601 writes it, e.g. 2026-11-23T00:00:00Z", "since")
            : ControlReply.WriteAsync(context, usage(since), ContractsJson.Default.UsageWire);
    }
}
