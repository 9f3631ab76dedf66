using System.Text.Json;
using Homelab.Roles.Mcp.Tools;

namespace Homelab.Roles.Mcp.Resources;

/// <summary><c>homelab://models</c></summary>
internal sealed class ModelsResource(ClusterAccess cluster)
    : ClusterResource(cluster, "homelab://models", "models", "Models of the cluster", "The models with their state and where they are, as model_list answers")
{
    protected override async Task<string> ReadTextAsync(CancellationToken cancellation)
    {
        var models = await Cluster.Client.ModelsAsync(cancellation).ConfigureAwait(false);
        return JsonSerializer.Serialize(new ModelListAnswer([.. models.Take(ModelListTool.Most)], models.Count > ModelListTool.Most), McpJson.Default.ModelListAnswer);
    }
}
