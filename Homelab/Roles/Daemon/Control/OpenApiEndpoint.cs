using System.Text;
using Homelab.Contracts;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/openapi.json</c>: the control API of this daemon for tools and people.</summary>
internal static class OpenApiEndpoint
{
    private static readonly Lazy<byte[]> Document = new(static () =>
        Encoding.UTF8.GetBytes(OpenApiDocument.Of("homelab daemon, control API", BuildInformation.Version, ControlOperations.OfDaemon).ToJsonString()));

    public static async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Document.Value.Length;
        await context.Response.Body.WriteAsync(Document.Value, context.RequestAborted).ConfigureAwait(false);
    }
}
