using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;

namespace Homelab.Gateway.Routes;

/// <summary>Ollama's way to unload: nothing to do and <c>keep_alive: 0</c>. Answered here, because what is loaded is the daemon's to decide.</summary>
internal static class UnloadRequest
{
    public static bool IsOne(Exchange exchange) => exchange.Facts.KeepAlive == TimeSpan.Zero && exchange.Route.Kind switch
    {
        RouteKind.NativeGenerate => exchange.Facts.PromptEmpty,
        RouteKind.NativeChat => exchange.Facts.MessagesEmpty,
        _ => false,
    };

    public static async Task ServeAsync(Exchange exchange, IModelRouter router, string node, TimeProvider time)
    {
        if (!exchange.Principal.IsAdmin)
        {
            await exchange.FailAsync(GatewayErrors.AdminOnly, ForwardOutcome.Refused);
            return;
        }

        var model = exchange.Facts.Model;
        if (!await router.UnloadAsync(model, exchange.Principal, exchange.Watch.Token))
        {
            await exchange.FailAsync(GatewayErrors.ModelNotFound(model, node), ForwardOutcome.Refused);
            return;
        }

        exchange.Outcome = ForwardOutcome.Completed;
        await JsonAnswer.WriteAsync(exchange.Context, json =>
        {
            json.WriteStartObject();
            json.WriteString("model"u8, model);
            json.WriteString("created_at"u8, time.GetUtcNow());
            if (exchange.Route.Kind == RouteKind.NativeChat)
            {
                json.WriteStartObject("message"u8);
                json.WriteString("role"u8, "assistant"u8);
                json.WriteString("content"u8, ""u8);
                json.WriteEndObject();
            }
            else
            {
                json.WriteString("response"u8, ""u8);
            }

            json.WriteBoolean("done"u8, true);
            json.WriteString("done_reason"u8, "unload"u8);
            json.WriteEndObject();
        });
    }
}
