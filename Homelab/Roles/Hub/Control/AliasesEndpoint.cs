using System.Collections.Immutable;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Cluster;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Persistence.Cluster;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>/homelab/v1/aliases</c>: everyone may read what leads to models of theirs; set and removed by admins.</summary>
internal sealed class AliasesEndpoint(HubParts parts)
{
    public Task ListAsync(HttpContext context)
    {
        var principal = context.GetPrincipal();
        IReadOnlyList<AliasWire> aliases = [.. parts.Aliases.All.Select(a => Read(a.Key, a.Value, principal)).Where(static a => a.Of.Count > 0)];
        return ControlReply.WriteAsync(context, aliases, ContractsJson.Default.IReadOnlyListAliasWire);
    }

    public async Task SetAsync(HttpContext context)
    {
        if (await ControlReply.ReadAsync(context, ContractsJson.Default.AliasRequestWire).ConfigureAwait(false) is not { } request)
        {
            return;
        }

        var name = NameOf(context);
        var models = ImmutableArray.CreateBuilder<ModelName>();
        foreach (var text in (request.Of ?? []).Take(ClusterAliases.MostModels + 1))
        {
            if (!ModelName.TryParse(text ?? "", out var model))
            {
                await ControlReply.FailAsync(context, 400, "invalid_request", "of must be a list of models' names", "of").ConfigureAwait(false);
                return;
            }

            models.Add(model);
        }

        var problem = models.Count is 0 or > ClusterAliases.MostModels ? (400, "invalid_request", $"of must name 1 to {ClusterAliases.MostModels} models")
            : !ModelName.TryParse(name, out var own) ? (400, "invalid_request", "an alias is written like a model's name")
            : parts.Aliases.IsConfigured(name) ? (409, "alias_taken", $"'{name}' is an alias of the hub's configuration, which only its file changes")
            : parts.Catalog.Models.Any(m => m.Name == own) ? (409, "alias_taken", $"'{own}' is the name of a model of the cluster; an alias would hide it")
            : models.Any(m => m == own || IsAlias(m)) ? (400, "invalid_request", "an alias stands for models, not for aliases")
            : ((int, string, string)?)null;
        if (problem is var (status, code, why))
        {
            await ControlReply.FailAsync(context, status, code, why, code == "alias_taken" ? "name" : "of").ConfigureAwait(false);
            return;
        }

        var chosen = models.Distinct().ToImmutableArray();
        try
        {
            if (!parts.Aliases.TrySet(name, chosen))
            {
                await ControlReply.FailAsync(context, 409, "too_many_aliases", $"there are {ClusterAliases.Most} aliases already").ConfigureAwait(false);
                return;
            }
        }
        catch (StateWriteException refused)
        {
            await ControlReply.FailAsync(context, 507, "state_not_saved", $"the hub's disk refused, so the alias was not set: {refused.Fault.Message}").ConfigureAwait(false);
            return;
        }

        await TellAsync(ClusterAnnouncements.AliasSet, chosen[0], $"{name} is another name of {Phrases.List(chosen)}", name).ConfigureAwait(false);
        await ControlReply.WriteAsync(context, Read(name, chosen, null), ContractsJson.Default.AliasWire).ConfigureAwait(false);
    }

    public async Task RemoveAsync(HttpContext context)
    {
        var name = NameOf(context);
        var models = parts.Aliases.All.GetValueOrDefault(name, []);
        StateWriteException? refused = null;
        try
        {
            if (!parts.Aliases.Remove(name))
            {
                await (parts.Aliases.IsConfigured(name)
                    ? ControlReply.FailAsync(context, 409, "alias_taken", $"'{name}' is an alias of the hub's configuration, which only its file changes", "name")
                    : ControlReply.FailAsync(context, 404, "alias_not_found", "there is no such alias; homelab models lists them", "name")).ConfigureAwait(false);
                return;
            }
        }
        catch (StateWriteException fault)
        {
            refused = fault;
        }

        await TellAsync(ClusterAnnouncements.AliasRemoved, models[0], $"{name} is no name any more", name).ConfigureAwait(false);
        await (refused is null
            ? ControlReply.WriteAsync(context, Read(name, models, null), ContractsJson.Default.AliasWire)
            : ControlReply.FailAsync(context, 507, "state_not_saved", $"{name} is out of force, but may be back when the hub starts again before its disk can be written: {refused.Fault.Message}")).ConfigureAwait(false);
    }

    private static string NameOf(HttpContext context) => context.Request.RouteValues["name"] as string ?? "";

    /// <summary>Written with or without its tag.</summary>
    private bool IsAlias(ModelName model) => parts.Aliases.All.Keys.Any(alias => ModelName.TryParse(alias, out var name) && name == model);

    private AliasWire Read(string name, ImmutableArray<ModelName> models, Principal? principal) => new(
        name,
        [.. models.Where(m => principal?.MayUse(m.Value) != false).Select(static m => m.Value)],
        parts.Aliases.IsConfigured(name) ? "configuration" : "set");

    /// <summary>The machines of the cluster read the names again, and the world is told.</summary>
    private async Task TellAsync(string type, ModelName model, string message, string name)
    {
        parts.Events.Publish(Announcement.Of(type, model, message, ("alias", name)));
        await parts.Loop.ApplyAsync(new ClusterEvent.NamesChanged(), CancellationToken.None).ConfigureAwait(false);
    }
}
