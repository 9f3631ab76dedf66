using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Homelab.Contracts;
using Homelab.Roles.Mcp;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>What agents are offered: names, schemas and annotations are promises.</summary>
public sealed class SurfaceTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    [Fact]
    public async Task Tools_resources_and_prompts_are_these()
    {
        await using var mcp = await PipedMcp.StartAsync();
        var tools = (await mcp.Client.ListToolsAsync()).Select(t => t.ProtocolTool);
        var resources = await mcp.Client.ListResourcesAsync();
        var prompts = await mcp.Client.ListPromptsAsync();

        VerifiedSnapshot.Match(
            new JsonObject
            {
                ["instructions"] = mcp.Client.ServerInstructions,
                ["tools"] = Nodes(tools),
                ["resources"] = Nodes(resources.Select(r => r.ProtocolResource)),
                ["prompts"] = Nodes(prompts.Select(p => p.ProtocolPrompt)),
            }.ToJsonString(Indented) + "\n");
    }

    [Fact]
    public async Task Read_only_leaves_out_what_changes_anything()
    {
        await using var mcp = await PipedMcp.StartAsync(readOnly: true);
        var tools = await mcp.Client.ListToolsAsync();

        Assert.DoesNotContain(tools, t => t.Name is "model_load" or "model_unload");
        Assert.Contains(tools, t => t.Name == "cluster_nodes");
        Assert.All(tools, t => Assert.True(t.ProtocolTool.Annotations!.ReadOnlyHint));
        await Assert.ThrowsAsync<ModelContextProtocol.McpProtocolException>(async () => await mcp.CallAsync("model_load", ("model", "qwen3:8b")));
        Assert.Empty(mcp.Server.Seen);
    }

    [Theory]
    [InlineData("cluster_nodes", "nodes", typeof(NodeWire))]
    [InlineData("cluster_nodes", "nodes/devices", typeof(DeviceWire))]
    [InlineData("cluster_nodes", "nodes/replicas", typeof(ReplicaWire))]
    [InlineData("model_list", "models", typeof(ModelWire))]
    [InlineData("model_list", "models/nodes", typeof(ModelNodeWire))]
    [InlineData("model_list", "models/failure", typeof(ModelFailureWire))]
    [InlineData("model_load", "", typeof(ModelCommandResultWire))]
    [InlineData("model_unload", "", typeof(ModelCommandResultWire))]
    [InlineData("node_ollama_url", "", typeof(Homelab.Roles.Mcp.Tools.NodeOllamaUrlAnswer))]
    [InlineData("infra_list", "", typeof(Homelab.Roles.Mcp.Tools.InfraListAnswer))]
    [InlineData("infra_list", "nodes", typeof(InfraNodeWire))]
    [InlineData("infra_list", "nodes/roots", typeof(InfraRootWire))]
    [InlineData("infra_list", "folder", typeof(InfraListWire))]
    [InlineData("infra_list", "folder/entries", typeof(InfraEntryWire))]
    [InlineData("infra_read", "", typeof(InfraFileWire))]
    public async Task Output_schema_declares_fields_of_the_answer_and_no_others(string tool, string path, Type wire)
    {
        await using var mcp = await PipedMcp.StartAsync();
        var schema = (await mcp.Client.ListToolsAsync()).Single(t => t.Name == tool).ProtocolTool.OutputSchema!.Value;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            schema = schema.GetProperty("properties").GetProperty(part);
            schema = schema.TryGetProperty("items", out var items) ? items : schema;
        }

        var declared = schema.GetProperty("properties").EnumerateObject().Select(p => p.Name);
        var written = McpJson.Default.Options.GetTypeInfo(wire).Properties.ToDictionary(p => p.Name, p => p.IsSetNullable || p.IsGetNullable);
        Assert.Subset(written.Keys.ToHashSet(), declared.ToHashSet());
        // A field that may be left out must not be one that a client insists on.
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()!).ToList() : [];
        Assert.Subset(declared.ToHashSet(), required.ToHashSet());
        Assert.All(required, name => Assert.False(written[name], name));
    }

    private static JsonArray Nodes<T>(IEnumerable<T> items) =>
        new([.. items.Select(i => JsonSerializer.SerializeToNode(i, (JsonTypeInfo<T>)ModelContextProtocol.McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(T))))]);
}
