using System.Globalization;

namespace Homelab.Gateway.Errors;

/// <summary>Sends a refusal as the whole answer. Only before anything else of the answer was sent.</summary>
internal static class ErrorAnswer
{
    public static Task WriteAsync(HttpContext context, Dialect dialect, GatewayError error)
    {
        var response = context.Response;
        var body = ErrorFormat.Body(dialect, error);
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        if (error.NeverRetry)
        {
            response.Headers["x-should-retry"] = "false";
        }

        if (error.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (error.Status == 401)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (error.Status is 408 or 413)
        {
            // What is left of the body is not read; the connection cannot carry another request.
            response.Headers.Connection = "close";
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>The dialect that a path belongs to, for errors of what no route serves.</summary>
    public static Dialect DialectOf(PathString path) =>
        path.StartsWithSegments("/api", StringComparison.Ordinal) ? Dialect.Ollama
        : path.StartsWithSegments("/v1/messages", StringComparison.Ordinal) ? Dialect.Anthropic
        : path.StartsWithSegments("/v1/responses", StringComparison.Ordinal) ? Dialect.OpenAiResponses
        : Dialect.OpenAi;
}
