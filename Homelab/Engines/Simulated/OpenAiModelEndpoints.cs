using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/v1/models</c> and <c>/v1/models/{id}</c>.</summary>
internal sealed class OpenAiModelEndpoints(SimulatedState state)
{
    public const string OnePrefix = "/v1/models/";

    /// <summary>No models at all is <c>null</c>, not an empty list, as with real Ollama.</summary>
    public Task ListAsync(SimulatedExchange exchange) => exchange.JsonAsync(200, SimulatedExchange.PlainJson, newLine: true, write: w =>
    {
        var models = state.Library.List();
        w.WriteString("object", "list");
        if (models.IsEmpty)
        {
            w.WriteNull("data");
            return;
        }

        w.WriteStartArray("data");
        foreach (var model in models)
        {
            w.WriteStartObject();
            Write(w, model.Name, model);
            w.WriteEndObject();
        }

        w.WriteEndArray();
    });

    public Task OneAsync(SimulatedExchange exchange)
    {
        var name = Uri.UnescapeDataString(exchange.Path[OnePrefix.Length..]);
        var model = NativeShowEndpoint.Find(state, name);
        return exchange.JsonAsync(200, SimulatedExchange.PlainJson, w => Write(w, name, model), newLine: true);
    }

    private static void Write(Utf8JsonWriter w, string id, SimulatedModel model)
    {
        w.WriteString("id", id);
        w.WriteString("object", "model");
        w.WriteNumber("created", model.ModifiedAt.ToUnixTimeSeconds());
        w.WriteString("owned_by", "library");
    }
}
