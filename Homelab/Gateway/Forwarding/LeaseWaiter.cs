using Homelab.Domain.Residency;
using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Forwarding;

/// <summary>Gets a request its lease. Hot: at once. Otherwise a stream of events gets comments while it waits, and any other answer is held
/// back as long as clients stand it, then refused while the load goes on.</summary>
internal sealed class LeaseWaiter(GatewayOptions options, IModelRouter router, WaitComments comments)
{
    public ValueTask<RouteOutcome> AcquireAsync(Exchange exchange, Demand demand)
    {
        var routing = router.RouteAsync(demand, exchange.Watch.Token);
        return routing.IsCompletedSuccessfully ? routing : WaitOrReturnAsync(exchange, demand, routing.AsTask());
    }

    /// <summary>A wait that breaks off in any way gives back a lease that comes too late for it.</summary>
    private async ValueTask<RouteOutcome> WaitOrReturnAsync(Exchange exchange, Demand demand, Task<RouteOutcome> routing)
    {
        try
        {
            return await WaitAsync(exchange, demand, routing);
        }
        catch
        {
            exchange.Watch.Cancel();
            ReturnLate(routing);
            throw;
        }
    }

    private async ValueTask<RouteOutcome> WaitAsync(Exchange exchange, Demand demand, Task<RouteOutcome> routing)
    {
        if (exchange.Begun)
        {
            await comments.WaitAsync(exchange, routing, demand.Progress);
            return await routing;
        }

        if (exchange.IsHeldBack)
        {
            return await routing;
        }

        if (!exchange.Stream || !exchange.Route.StreamsEvents)
        {
            return await comments.FinishesWithinAsync(routing, demand.MaximumWait ?? options.LongWait) ? await routing : GiveUp(exchange, demand, routing);
        }

        if (await comments.FinishesWithinAsync(routing, options.CommentInterval))
        {
            return await routing;
        }

        // After the 200 the status can no longer say "no such model".
        if (router.CheckServable(demand) is { } refusal)
        {
            exchange.Watch.Cancel();
            ReturnLate(routing);
            return RouteOutcome.Of(refusal);
        }

        WaitComments.Begin(exchange);
        await comments.WaitAsync(exchange, routing, demand.Progress);
        return await routing;
    }

    private RouteOutcome GiveUp(Exchange exchange, Demand demand, Task<RouteOutcome> routing)
    {
        exchange.Watch.Cancel();
        ReturnLate(routing);
        var report = demand.Progress.Current;
        var wait = GatewayErrors.Clamp(report?.Remaining ?? TimeSpan.FromSeconds(10));
        return RouteOutcome.Of(new Refusal(
            RefusalReason.CapacityTimeout,
            $"'{GatewayErrors.Printable(demand.Model)}' is not ready on {options.NodeName} after {options.LongWait.TotalSeconds:F0} s ({report?.Phase ?? "queued"}); the load goes on, ask again shortly or ask for a stream",
            wait));
    }

    /// <summary>A lease that comes after nobody waits for it any more goes back.</summary>
    private static void ReturnLate(Task<RouteOutcome> routing) => _ = ReturnLateAsync(routing);

    private static async Task ReturnLateAsync(Task<RouteOutcome> routing)
    {
        try
        {
            (await routing).Lease?.Dispose();
        }
#pragma warning disable CA1031 // Whatever went wrong was told to the request, which is over; only a lease matters here.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Usually the cancellation: nothing was granted.
        }
    }
}
