namespace Homelab.Engines.Simulated;

/// <summary>Writes errors in the dialect of the path, before and after the answer began.</summary>
internal static class SimulatedErrors
{
    private const string Anthropic = "/v1/messages";

    /// <summary>After the first byte, a native stream gets a last line with the error, and a <c>/v1</c> stream just ends: no event, no end mark.</summary>
    public static Task WriteAsync(SimulatedState state, SimulatedExchange exchange, OllamaErrorException error)
    {
        if (exchange.Http.Response.HasStarted)
        {
            return exchange.Path.StartsWith("/api/", StringComparison.Ordinal) ? exchange.LineAsync(w => w.WriteString("error", error.Message)) : Task.CompletedTask;
        }

        if (exchange.Path.StartsWith(Anthropic, StringComparison.Ordinal))
        {
            return exchange.JsonAsync(error.Status, error.Early ? SimulatedExchange.NativeJson : SimulatedExchange.PlainJson, newLine: !error.Early, write: w =>
            {
                w.WriteString("type", "error");
                w.WriteStartObject("error");
                w.WriteString("type", TypeOf(error.Status));
                w.WriteString("message", error.Message);
                w.WriteEndObject();
                w.WriteString("request_id", state.NextLongId("req_"));
            });
        }

        if (exchange.Path.StartsWith("/v1/", StringComparison.Ordinal))
        {
            return exchange.JsonAsync(error.Status, error.Early ? SimulatedExchange.NativeJson : SimulatedExchange.PlainJson, newLine: !error.Early, write: w =>
            {
                w.WriteStartObject("error");
                w.WriteString("message", error.Message);
                w.WriteString("type", TypeOf(error.Status));
                w.WriteNull("param");
                w.WriteNull("code");
                w.WriteEndObject();
            });
        }

        return exchange.JsonAsync(error.Status, SimulatedExchange.NativeJson, w => w.WriteString("error", error.Message));
    }

    private static string TypeOf(int status) => status switch
    {
        400 => "invalid_request_error",
        404 => "not_found_error",
        _ => "api_error",
    };
}
