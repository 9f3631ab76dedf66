using System.Globalization;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Gateway.Access;
using Homelab.Roles.Daemon.Infra;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/infra</c>, <c>/infra/{node}/{root}</c> and <c>/infra/{node}/{root}/file</c>: a daemon shows files of its own machine.</summary>
internal sealed class InfraEndpoint(DaemonParts parts, DaemonFacts facts, InfraDesk desk)
{
    public Task NodesAsync(HttpContext context)
    {
        var asked = context.Request.Query[ControlRoutes.NodeQuery].ToString();
        if (asked.Length > 0 && !IsThis(asked))
        {
            return NotThis(asked).WriteAsync(context);
        }

        IReadOnlyList<InfraNodeWire> nodes = [new InfraNodeWire(facts.NodeId, parts.Settings.NodeName, parts.Loop.Snapshot.Draining ? "draining" : "live", desk.Roots)];
        return ControlReply.WriteAsync(context, nodes, ContractsJson.Default.IReadOnlyListInfraNodeWire);
    }

    public Task ListAsync(HttpContext context) => AnswerAsync(context, async query =>
        await ControlReply.WriteAsync(context, await desk.ListAsync(query, context.RequestAborted).ConfigureAwait(false), ContractsJson.Default.InfraListWire).ConfigureAwait(false));

    public Task ReadAsync(HttpContext context) => AnswerAsync(context, async query =>
        await ControlReply.WriteAsync(context, await desk.ReadAsync(query, context.RequestAborted).ConfigureAwait(false), ContractsJson.Default.InfraFileWire).ConfigureAwait(false));

    private async Task AnswerAsync(HttpContext context, Func<InfraQueryWire, Task> work)
    {
        var node = context.Request.RouteValues["node"] as string ?? "";
        if (!IsThis(node))
        {
            await NotThis(node).WriteAsync(context).ConfigureAwait(false);
            return;
        }

        var offset = context.Request.Query[ControlRoutes.OffsetQuery].ToString();
        if (!InfraCall.TryOffset(offset, out var from))
        {
            await InfraCall.OffsetProblem.WriteAsync(context).ConfigureAwait(false);
            return;
        }

        try
        {
            await work(new InfraQueryWire(context.GetPrincipal()?.Name ?? "", context.Request.RouteValues["root"] as string, context.Request.Query[ControlRoutes.PathQuery].ToString(), from)).ConfigureAwait(false);
        }
        catch (InfraException refused)
        {
            await refused.Problem.WriteAsync(context).ConfigureAwait(false);
        }
    }

    private bool IsThis(string node) => node == facts.NodeId || string.Equals(node, parts.Settings.NodeName, StringComparison.OrdinalIgnoreCase);

    private InfraProblem NotThis(string node) => new(
        InfraProblem.NodeNotFound,
        string.Create(CultureInfo.InvariantCulture, $"this daemon shows files of its own machine only, {parts.Settings.NodeName}; for those of '{Printable.OneLine(node, 64)}' ask the hub"),
        "node");
}
