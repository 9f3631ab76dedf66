using System.Reflection;
using System.Text.Json.Nodes;
using Homelab.Contracts;

namespace Homelab.Tests.Contracts;

/// <summary>The OpenAPI document says what the calls and the wire types are.</summary>
public sealed class OpenApiDocumentTests
{
    private static readonly JsonObject Document = OpenApiDocument.Of("homelab", "1.2.3", ControlOperations.OfHub);

    [Fact]
    public void Every_route_is_in_it()
    {
        var routes = typeof(ControlRoutes).GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(f => (string)f.GetRawConstantValue()!)
            .Where(v => v.StartsWith(ControlRoutes.Prefix + "/", StringComparison.Ordinal) && v != ControlRoutes.OpenApi);

        Assert.Equal(routes.Order(StringComparer.Ordinal), Document["paths"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["delete", "get"], Document["paths"]![ControlRoutes.Models]!.AsObject().Select(o => o.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        var references = Nodes(Document).OfType<JsonObject>().Select(n => n["$ref"]?.GetValue<string>()).OfType<string>().ToList();

        Assert.NotEmpty(references);
        Assert.All(references, r =>
        {
            Assert.StartsWith("#/components/schemas/", r, StringComparison.Ordinal);
            Assert.NotNull(Document["components"]!["schemas"]![r["#/components/schemas/".Length..]]);
        });
    }

    [Fact]
    public void Fields_have_the_names_of_the_wire_and_only_those_that_always_come_are_required()
    {
        var status = Document["components"]!["schemas"]!["Status"]!;

        Assert.Equal(
            ["role", "version", "node", "uptime_seconds", "hub", "nodes_live", "models_hot", "leases", "queue_depth", "engine", "draining", "warnings"],
            status["properties"]!.AsObject().Select(p => p.Key));
        Assert.Equal(
            ["role", "version", "uptime_seconds", "nodes_live", "models_hot", "leases", "queue_depth"],
            status["required"]!.AsArray().Select(r => r!.GetValue<string>()));
    }

    [Fact]
    public void Parameters_say_where_they_stand_and_whether_they_are_needed()
    {
        var parameters = Document["paths"]![ControlRoutes.Node]!["get"]!["parameters"]!.AsArray();
        Assert.Equal(("id", "path", true), (parameters[0]!["name"]!.GetValue<string>(), parameters[0]!["in"]!.GetValue<string>(), parameters[0]!["required"]!.GetValue<bool>()));

        parameters = Document["paths"]![ControlRoutes.Explain]!["get"]!["parameters"]!.AsArray();
        Assert.Equal(("model", "query", true), (parameters[0]!["name"]!.GetValue<string>(), parameters[0]!["in"]!.GetValue<string>(), parameters[0]!["required"]!.GetValue<bool>()));
    }

    [Fact]
    public void Commands_answer_with_a_result_or_with_lines_of_progress()
    {
        var load = Document["paths"]![ControlRoutes.LoadModel]!["post"]!;

        Assert.Equal("#/components/schemas/ModelCommand", load["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"]!.GetValue<string>());
        Assert.Equal("#/components/schemas/ModelCommandResult", load["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["$ref"]!.GetValue<string>());
        Assert.Equal("#/components/schemas/Progress", load["responses"]!["200"]!["content"]!["application/x-ndjson"]!["schema"]!["$ref"]!.GetValue<string>());
    }

    private static IEnumerable<JsonNode> Nodes(JsonNode node)
    {
        var children = node switch { JsonObject o => o.Select(p => p.Value), JsonArray a => a, _ => [] };
        return children.OfType<JsonNode>().SelectMany(Nodes).Prepend(node);
    }
}
