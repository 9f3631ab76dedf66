using System.Text;
using Homelab.Contracts;
using Homelab.Telemetry;

namespace Homelab.Control;

/// <summary><c>GET /homelab/v1/openapi.json</c>: the control API of a role for tools and people.</summary>
/// <param name="role">The role that serves it.</param>
/// <param name="operations">Its calls.</param>
internal sealed class OpenApiEndpoint(string role, IReadOnlyList<ControlOperation> operations)
{
    private readonly Lazy<byte[]> _document = new(() =>
        Encoding.UTF8.GetBytes(OpenApiDocument.Of($"homelab {role}, control API", BuildInformation.Version, operations).ToJsonString()));

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = _document.Value.Length;
        await context.Response.Body.WriteAsync(_document.Value, context.RequestAborted).ConfigureAwait(false);
    }
}
