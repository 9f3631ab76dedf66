using System.Globalization;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/api/version</c>, <c>/api/status</c>, <c>/api/tags</c>, <c>/api/ps</c>.</summary>
internal sealed class NativeListEndpoints(SimulatedState state)
{
    public Task VersionAsync(SimulatedExchange exchange) =>
        exchange.JsonAsync(200, SimulatedExchange.NativeJson, w => w.WriteString("version", state.Settings.Version));

    public static Task StatusAsync(SimulatedExchange exchange) => exchange.JsonAsync(200, SimulatedExchange.NativeJson, w =>
    {
        w.WriteStartObject("cloud");
        w.WriteBoolean("disabled", true);
        w.WriteString("source", "env");
        w.WriteEndObject();
    });

    public Task TagsAsync(SimulatedExchange exchange) => exchange.JsonAsync(200, SimulatedExchange.NativeJson, w =>
    {
        w.WriteStartArray("models");
        foreach (var model in state.Library.List())
        {
            w.WriteStartObject();
            w.WriteString("name", model.Name);
            w.WriteString("model", model.Name);
            w.WriteString("modified_at", Time(model.ModifiedAt));
            w.WriteNumber("size", model.Size);
            w.WriteString("digest", model.Digest);
            WriteDetails(w, model, isLong: true);
            WriteCapabilities(w, model);
            w.WriteEndObject();
        }

        w.WriteEndArray();
    });

    public Task PsAsync(SimulatedExchange exchange) => exchange.JsonAsync(200, SimulatedExchange.NativeJson, w =>
    {
        w.WriteStartArray("models");
        foreach (var loaded in state.Scheduler.List())
        {
            w.WriteStartObject();
            w.WriteString("name", loaded.Model.Name);
            w.WriteString("model", loaded.Model.Name);
            w.WriteNumber("size", loaded.Bytes);
            w.WriteString("digest", loaded.Model.Digest);
            WriteDetails(w, loaded.Model with { Parent = "" }, isLong: false);
            w.WriteString("expires_at", Time(loaded.ExpiresAt));
            w.WriteNumber("size_vram", state.Settings.OnGpu ? loaded.Bytes : 0);
            w.WriteNumber("context_length", loaded.Context);
            w.WriteEndObject();
        }

        w.WriteEndArray();
    });

    public static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture);

    public static void WriteCapabilities(Utf8JsonWriter w, SimulatedModel model)
    {
        w.WriteStartArray("capabilities");
        foreach (var capability in model.Capabilities)
        {
            w.WriteStringValue(capability);
        }

        w.WriteEndArray();
    }

    /// <summary>The list of models on disk says more than the others.</summary>
    public static void WriteDetails(Utf8JsonWriter w, SimulatedModel model, bool isLong)
    {
        var facts = model.Architecture;
        w.WriteStartObject("details");
        w.WriteString("parent_model", model.Parent);
        w.WriteString("format", "gguf");
        w.WriteString("family", facts.Family);
        w.WriteStartArray("families");
        w.WriteStringValue(facts.Family);
        w.WriteEndArray();
        w.WriteString("parameter_size", facts.ParameterSize);
        w.WriteString("quantization_level", facts.Quantization);
        if (isLong)
        {
            w.WriteNumber("context_length", facts.TrainedContext);
            w.WriteNumber("embedding_length", facts.EmbeddingLength);
        }

        w.WriteEndObject();
    }
}
