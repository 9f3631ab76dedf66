using Homelab.Contracts;
using Homelab.Control;
using Homelab.Persistence.Cluster;
using Homelab.Roles.Hub.Keys;

namespace Homelab.Roles.Hub.Control;

/// <summary><c>/homelab/v1/keys</c> and <c>/join-tokens</c>: for admins.</summary>
internal sealed class KeysEndpoint(HubKeys keys)
{
    public Task ListAsync(HttpContext context) => ControlReply.WriteAsync(context, keys.List(), ContractsJson.Default.IReadOnlyListKeyWire);

    public async Task AddAsync(HttpContext context)
    {
        if (await ControlReply.ReadAsync(context, ContractsJson.Default.KeyRequestWire).ConfigureAwait(false) is { } request)
        {
            await AnswerAsync(context, () => keys.Add(request), static (c, made) => ControlReply.WriteAsync(c, made, ContractsJson.Default.KeyMadeWire)).ConfigureAwait(false);
        }
    }

    public Task RevokeAsync(HttpContext context) => AnswerAsync(
        context,
        () => keys.Revoke(context.Request.RouteValues["id"] as string ?? ""),
        static (c, revoked) => ControlReply.WriteAsync(c, revoked, ContractsJson.Default.KeyWire));

    public async Task MakeJoinTokenAsync(HttpContext context)
    {
        var request = context.Request.ContentLength is null or 0 && !context.Request.Headers.ContainsKey("Transfer-Encoding")
            ? new JoinTokenRequestWire()
            : await ControlReply.ReadAsync(context, ContractsJson.Default.JoinTokenRequestWire).ConfigureAwait(false);
        if (request is not null)
        {
            await AnswerAsync(context, () => keys.Nodes.MakeJoinToken(request), static (c, token) => ControlReply.WriteAsync(c, token, ContractsJson.Default.JoinTokenWire)).ConfigureAwait(false);
        }
    }

    private static async Task AnswerAsync<T>(HttpContext context, Func<(T? Value, KeyProblem? Problem)> work, Func<HttpContext, T, Task> write)
        where T : class
    {
        try
        {
            var (value, problem) = work();
            await (problem is null ? write(context, value!) : ControlReply.FailAsync(context, problem.Status, problem.Code, problem.Message)).ConfigureAwait(false);
        }
        catch (StateWriteException refused)
        {
            await ControlReply.FailAsync(context, 507, "state_not_saved", $"the hub's disk refused, so nothing was made or revoked for good: {refused.Fault.Message}").ConfigureAwait(false);
        }
    }
}
