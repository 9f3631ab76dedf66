using System.Net;

namespace Homelab.Engines.Simulated;

/// <summary>Ollama's own checks of <c>Host</c> and <c>Origin</c>, and its answers to preflights.</summary>
internal static class SimulatedGuard
{
    private const string AllowedHeaders = "Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,X-Stainless-Arch,X-Stainless-Async,X-Stainless-Custom-Poll-Interval,X-Stainless-Helper-Method,X-Stainless-Lang,X-Stainless-Os,X-Stainless-Package-Version,X-Stainless-Poll-Helper,X-Stainless-Retry-Count,X-Stainless-Runtime,X-Stainless-Runtime-Version,X-Stainless-Timeout";

    /// <summary>Whether the request may go on; if not, its answer is set.</summary>
    public static bool Admits(HttpContext http)
    {
        var origin = http.Request.Headers.Origin.ToString();
        if (!IsAllowedHost(http.Request.Host.Host) || (origin.Length > 0 && !IsAllowedOrigin(origin, http.Request.Host.Value ?? "")))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            http.Response.ContentLength = 0;
            return false;
        }

        if (origin.Length > 0)
        {
            http.Response.Headers.AccessControlAllowOrigin = origin;
            http.Response.Headers.Vary = "Origin";
        }

        if (!HttpMethods.IsOptions(http.Request.Method))
        {
            return true;
        }

        http.Response.StatusCode = StatusCodes.Status204NoContent;
        http.Response.Headers.AccessControlAllowHeaders = AllowedHeaders;
        http.Response.Headers.AccessControlAllowMethods = "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS";
        http.Response.Headers.AccessControlMaxAge = "43200";
        return false;
    }

    private static bool IsAllowedHost(string host) =>
        host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out _)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".local", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase);

    private static bool IsAllowedOrigin(string origin, string host) =>
        origin == "http://" + host || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && (uri.Scheme is "app" or "file" or "tauri" or "vscode-webview" or "vscode-file" || uri.Host is "localhost" or "127.0.0.1" or "0.0.0.0"));
}
