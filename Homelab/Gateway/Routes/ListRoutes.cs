using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Gateway.Access;
using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Routes;

/// <summary>The lists that fill model pickers. Answered from memory: reading one never loads anything and never waits for an engine.</summary>
internal sealed class ListRoutes(GatewayOptions options, IModelRouter router)
{
    /// <summary><c>GET /v1/models</c>; <c>data</c> is never null.</summary>
    public Task WriteModelsAsync(HttpContext context)
    {
        var models = router.ListModels(context.GetPrincipal()!);
        return JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var model in models)
            {
                WriteModel(json, model, model.Name);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary><c>GET /v1/models/{id}</c>, where the id may hold <c>:</c>, <c>/</c> or <c>%2F</c>.</summary>
    public Task WriteModelAsync(HttpContext context)
    {
        var id = context.Request.Path.Value!["/v1/models/".Length..].TrimEnd('/').Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        if (id.Length == 0)
        {
            return WriteModelsAsync(context);
        }

        var canonical = ModelName.TryParse(id, out var name) ? name.Value : id;
        foreach (var model in router.ListModels(context.GetPrincipal()!))
        {
            if (string.Equals(model.Name, id, StringComparison.OrdinalIgnoreCase) || string.Equals(model.Name, canonical, StringComparison.OrdinalIgnoreCase))
            {
                return JsonAnswer.WriteAsync(context, json => WriteModel(json, model, id));
            }
        }

        return ErrorAnswer.WriteAsync(context, Dialect.OpenAi, GatewayErrors.ModelNotFound(id, options.NodeName));
    }

    /// <summary><c>GET /api/tags</c>: the engine's own entries as they came, and the aliases in the same shape.</summary>
    public Task WriteTagsAsync(HttpContext context)
    {
        var models = router.ListModels(context.GetPrincipal()!);
        return JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("models"u8);
            foreach (var model in models.Where(m => !m.IsApp))
            {
                if (model.EngineEntry.ValueKind == JsonValueKind.Object)
                {
                    model.EngineEntry.WriteTo(json);
                }
                else
                {
                    WriteTag(json, model);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary><c>GET /api/ps</c>.</summary>
    public Task WriteLoadedAsync(HttpContext context)
    {
        var models = router.ListModels(context.GetPrincipal()!);
        return JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("models"u8);
            foreach (var model in models)
            {
                if (model.LoadedEntry.ValueKind == JsonValueKind.Object)
                {
                    model.LoadedEntry.WriteTo(json);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteModel(Utf8JsonWriter json, ServableModel model, string id)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, model.Created.ToUnixTimeSeconds());
        json.WriteString("owned_by"u8, model.IsApp ? "app" : model.Simulated ? "simulated" : model.IsAlias ? "homelab" : "library");
        json.WriteString("state"u8, model.State);
        json.WriteEndObject();
    }

    /// <summary>An alias has no file of its own, and a model of another machine no entry here; clients want every field all the same.</summary>
    private static void WriteTag(Utf8JsonWriter json, ServableModel model)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, model.Name);
        json.WriteString("model"u8, model.Name);
        json.WriteString("modified_at"u8, model.Created);
        json.WriteNumber("size"u8, model.SizeBytes);
        json.WriteString("digest"u8, ""u8);
        json.WriteStartObject("details"u8);
        json.WriteString("parent_model"u8, ""u8);
        json.WriteString("format"u8, ""u8);
        json.WriteString("family"u8, ""u8);
        json.WriteNull("families"u8);
        json.WriteString("parameter_size"u8, ""u8);
        json.WriteString("quantization_level"u8, ""u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
