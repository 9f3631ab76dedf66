using Homelab.Gateway.Bodies;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;

namespace Homelab.Gateway.Routes;

/// <summary>A request for a model, from its body to its last byte: lease, forward, release; and another lease where an upstream gave no byte of an answer.</summary>
internal sealed class InferenceRoute(GatewayOptions options, IModelRouter router, LeaseWaiter waiter, Forwarder forwarder, TimeProvider time)
{
    /// <summary>Leases that one request is tried with.</summary>
    private const int MostTries = 3;

    /// <summary>The same where the router has nowhere else to go.</summary>
    private const int MostTriesAtOne = 2;

    private readonly RetryBudget _budget = new(time);

    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task ServeAsync(Exchange exchange)
    {
        if (UnloadRequest.IsOne(exchange))
        {
            await UnloadRequest.ServeAsync(exchange, router, options.NodeName, time);
            return;
        }

        var demand = DemandOf(exchange);
        exchange.Overhead = exchange.Elapsed;
        _budget.CountRequest();
        GatewayError? kept = null;
        var closed = 0;
        for (var tries = 1; ; tries++)
        {
            var outcome = await waiter.AcquireAsync(exchange, demand);
            if (outcome.Lease is not { } lease)
            {
                await exchange.FailAsync(MachineRefusals.Better(kept, GatewayErrors.Of(outcome.Refusal!)), ForwardOutcome.Refused);
                return;
            }

            var attempt = await TryAsync(exchange, lease, demand);
            if (attempt.Failure is not { } failure)
            {
                return;
            }

            kept = MachineRefusals.Better(kept, attempt.Error!);
            closed += failure == LeaseFailure.Closed ? 1 : 0;
            var excluded = lease.Upstream.ExcludedAs;
            if (tries >= (excluded is null ? MostTriesAtOne : MostTries) || closed > 1 || !_budget.TryTake())
            {
                await exchange.FailAsync(kept, failure == LeaseFailure.Refused ? ForwardOutcome.Refused : ForwardOutcome.UpstreamUnreachable);
                return;
            }

            demand = demand with
            {
                Excluded = excluded is null ? demand.Excluded : demand.Excluded.Add(excluded),
                MaximumWait = Left(exchange),
            };
        }
    }

    private async Task<ForwardAttempt> TryAsync(Exchange exchange, ILease lease, Demand demand)
    {
        using (lease)
        {
            exchange.Model = lease.Model;
            exchange.Tier = lease.Tier;
            exchange.Waited = lease.Waited;
            exchange.Node = lease.Upstream.Node;
            var attempt = await forwarder.TryForwardAsync(exchange, lease, demand.Progress);
            if (attempt.Failure is { } failure)
            {
                exchange.Tier = exchange.Node = null;
                router.Failed(lease, failure, attempt.Error!.Code);
            }

            return attempt;
        }
    }

    private Demand DemandOf(Exchange exchange)
    {
        var facts = exchange.Facts;
        return new Demand(facts.Model, exchange.Principal, exchange.Dialect, exchange.Route.Template, exchange.Stream, exchange.RequestId)
        {
            Context = facts.Context,
            KeepAlive = facts.KeepAlive,
            Hops = exchange.Hops,
            Origin = exchange.Origin,
            PromptBytes = facts.PromptBytes,
            Prefix = options.WantsPrefix ? PromptPrefix.Of(exchange.Body!.Bytes, facts) : [],
            MaximumWait = LongestWait(exchange),
        };
    }

    private TimeSpan? LongestWait(Exchange exchange) => exchange.Stream && exchange.Route.StreamsEvents ? options.MaximumStreamWait : options.LongWait;

    /// <summary>What is left of the wait for a lease when the first one served nothing.</summary>
    private TimeSpan? Left(Exchange exchange)
    {
        var (longest, spent) = (LongestWait(exchange), exchange.Elapsed);
        return longest is null ? null : longest > spent ? longest - spent : TimeSpan.Zero;
    }
}
