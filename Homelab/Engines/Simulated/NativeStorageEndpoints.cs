using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Homelab.Domain.Models;

namespace Homelab.Engines.Simulated;

/// <summary><c>/api/create</c>, <c>/api/copy</c>, <c>/api/delete</c>, <c>/api/blobs</c>.</summary>
internal sealed class NativeStorageEndpoints(SimulatedState state)
{
    /// <summary>Makes a model from another one with other parameters; also from uploaded blobs, which it takes for a small text model.</summary>
    public async Task CreateAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("missing request body");
        var name = root.Text("model", "CreateRequest");
        name = name.Length > 0 ? name : root.Text("name", "CreateRequest");
        if (!ModelName.TryParse(name, out var canonical))
        {
            throw new OllamaErrorException(400, "invalid model name");
        }

        var from = root.Text("from", "CreateRequest");
        var files = root.Member("files");
        if (from.Length == 0 && files is null)
        {
            await FailAsync(400, "neither 'from' or 'files' was specified");
            return;
        }

        var parent = from.Length > 0 ? state.Library.Find(from) : null;
        if (from.Length > 0 && parent is null)
        {
            await FailAsync(500, RegistryUnreachable(state, from));
            return;
        }

        var made = Make(root, canonical.Value, parent, files);
        state.Library.Install(made);
        if (root.Flag("stream") == false)
        {
            await exchange.JsonAsync(200, SimulatedExchange.PlainJson, w => w.WriteString("status", "success"));
            return;
        }

        var layer = $"sha256:{made.Blob}";
        var template = SimulatedModel.Hash(made.Template);
        var templateStep = $"{(state.Library.HasBlob(template) ? "using existing" : "creating new")} layer sha256:{template}";
        state.Library.AddBlob(template);
        string[] steps = parent is null
            ? ["parsing GGUF", "verifying conversion", $"creating new layer {layer}", "using autodetected template chatml", templateStep, "writing manifest", "success"]
            : [$"using existing layer {layer}", $"creating new layer sha256:{SimulatedModel.Hash(made.Digest)}", "writing manifest", "success"];
        foreach (var step in steps)
        {
            await exchange.LineAsync(w => w.WriteString("status", step));
        }

        Task FailAsync(int status, string message) => exchange.JsonAsync(status, SimulatedExchange.PlainJson, w => w.WriteString("error", message));
    }

    public Task CopyAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("missing request body");
        var source = root.Text("source", "CopyRequest");
        if (!ModelName.TryParse(root.Text("destination", "CopyRequest"), out var destination))
        {
            throw new OllamaErrorException(400, "invalid model name");
        }

        var model = state.Library.Find(source) ?? throw new OllamaErrorException(404, $"model \"{source}\" not found");
        state.Library.Install(model with { Name = destination.Value });
        exchange.Empty(200);
        return Task.CompletedTask;
    }

    /// <summary>A loaded model can be deleted; it stays loaded until it expires.</summary>
    public Task DeleteAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("missing request body");
        var name = root.Text("model", "DeleteRequest");
        name = name.Length > 0 ? name : root.Text("name", "DeleteRequest");
        if (!state.Library.Remove(name))
        {
            throw new OllamaErrorException(404, $"model '{name}' not found");
        }

        exchange.Empty(200);
        return Task.CompletedTask;
    }

    public Task HeadBlobAsync(SimulatedExchange exchange)
    {
        if (state.Library.HasBlob(DigestOf(exchange)))
        {
            exchange.Empty(200, hasLength: false);
            return Task.CompletedTask;
        }

        exchange.Http.Response.StatusCode = 404;
        exchange.Http.Response.ContentType = SimulatedExchange.NativeJson;
        return Task.CompletedTask;
    }

    public Task PostBlobAsync(SimulatedExchange exchange)
    {
        var (wanted, actual) = (DigestOf(exchange), Convert.ToHexStringLower(SHA256.HashData(exchange.Body.Span)));
        if (wanted != actual)
        {
            throw new OllamaErrorException(400, $"digest mismatch, expected \"sha256:{wanted}\", got \"sha256:{actual}\"");
        }

        state.Library.AddBlob(actual);
        exchange.Empty(201);
        return Task.CompletedTask;
    }

    /// <summary>What real Ollama says where its registry cannot be reached.</summary>
    public static string RegistryUnreachable(SimulatedState state, string name) =>
        $"pull model manifest: Get \"https://{state.Settings.Registry}/v2/library/{name}/manifests/latest\": dial tcp: lookup {state.Settings.Registry} on 127.0.0.53:53: no such host";

    private static string DigestOf(SimulatedExchange exchange) => exchange.Path[(exchange.Path.LastIndexOf('/') + 1)..].Replace("sha256:", "", StringComparison.Ordinal);

    private static SimulatedModel Make(JsonElement root, string name, SimulatedModel? parent, JsonElement? files)
    {
        var blob = files is { ValueKind: JsonValueKind.Object } named && named.EnumerateObject().FirstOrDefault() is { Value.ValueKind: JsonValueKind.String } first
            ? (first.Value.GetString() ?? "").Replace("sha256:", "", StringComparison.Ordinal)
            : "";
        var model = parent is null
            ? SimulatedModel.Create(name, ByteSize.FromMebibytes(1), embedding: false) with { Blob = SimulatedModel.Hash("layer " + blob) }
            : parent with { Parent = parent.Name };
        var template = root.Text("template", "CreateRequest");
        var system = root.Text("system", "CreateRequest");
        model = model with
        {
            Name = name,
            Digest = SimulatedModel.Hash($"{name} {root.GetRawText()}"),
            Template = template.Length > 0 ? template : model.Template,
            System = system.Length > 0 ? system : model.System,
            Parameters = Merge(model.Parameters, root.Member("parameters")),
        };
        return template.Contains(".Tools", StringComparison.Ordinal) && !model.Capabilities.Contains("tools")
            ? model with { Capabilities = model.Capabilities.Add("tools") }
            : model;
    }

    /// <summary>The parent's parameters, replaced by name.</summary>
    private static ImmutableArray<ModelParameter> Merge(ImmutableArray<ModelParameter> inherited, JsonElement? given)
    {
        if (given is not { ValueKind: JsonValueKind.Object } parameters)
        {
            return inherited;
        }

        var own = ImmutableArray.CreateBuilder<ModelParameter>();
        foreach (var parameter in parameters.EnumerateObject())
        {
            foreach (var value in parameter.Value.ValueKind == JsonValueKind.Array ? parameter.Value.EnumerateArray().ToArray() : [parameter.Value])
            {
                var isText = value.ValueKind == JsonValueKind.String;
                own.Add(new ModelParameter(parameter.Name, isText ? value.GetString() ?? "" : value.GetRawText(), isText));
            }
        }

        return [.. inherited.Where(i => own.All(o => o.Key != i.Key)), .. own];
    }
}
