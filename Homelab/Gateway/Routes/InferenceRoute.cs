using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;

namespace Homelab.Gateway.Routes;

/// <summary>A request for a model, from its body to its last byte: lease, forward, release.</summary>
internal sealed class InferenceRoute(GatewayOptions options, IModelRouter router, LeaseWaiter waiter, Forwarder forwarder, TimeProvider time)
{
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task ServeAsync(Exchange exchange)
    {
        if (UnloadRequest.IsOne(exchange))
        {
            await UnloadRequest.ServeAsync(exchange, router, options.NodeName, time);
            return;
        }

        var facts = exchange.Facts;
        var demand = new Demand(facts.Model, exchange.Principal, exchange.Dialect, exchange.Route.Template, exchange.Stream, exchange.RequestId)
        {
            Context = facts.Context,
            KeepAlive = facts.KeepAlive,
            Hops = exchange.Hops,
            MaximumWait = exchange.Stream && exchange.Route.StreamsEvents ? options.MaximumStreamWait : options.LongWait,
        };
        exchange.Overhead = exchange.Elapsed;
        if (!await TryOnceAsync(exchange, demand) && !await TryOnceAsync(exchange, demand))
        {
            await exchange.FailAsync(GatewayErrors.EngineFailed(options.NodeName, "does not answer") with { RetryAfter = TimeSpan.FromSeconds(5) }, ForwardOutcome.UpstreamUnreachable);
        }
    }

    /// <returns>False where the upstream could not be reached and nothing was sent to it.</returns>
    private async Task<bool> TryOnceAsync(Exchange exchange, Demand demand)
    {
        var outcome = await waiter.AcquireAsync(exchange, demand);
        if (outcome.Lease is not { } lease)
        {
            await exchange.FailAsync(GatewayErrors.Of(outcome.Refusal!), ForwardOutcome.Refused);
            return true;
        }

        using (lease)
        {
            exchange.Model = lease.Model;
            exchange.Tier = lease.Tier;
            return await forwarder.TryForwardAsync(exchange, lease, demand.Progress);
        }
    }
}
