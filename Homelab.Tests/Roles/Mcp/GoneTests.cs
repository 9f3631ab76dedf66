using Homelab.Contracts;
using Homelab.Tests.Cli;
using ModelContextProtocol.Client;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>A call whose caller is gone, or does not want it any more, leaves nothing running: neither here nor its request at the control API.</summary>
public sealed class GoneTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Cancelled_call_ends_its_request_at_the_control_API()
    {
        await using var server = await FakeControlServer.StartAsync();
        var held = new HeldLoad(server);
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        var session = await RawSession.OpenAsync(mcp.Http);
        using var drop = new CancellationTokenSource();
        var call = session.PostAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"model_load","arguments":{"model":"m"}}}""", null, drop.Token);
        await held.Begun;

        Assert.Equal(202, (await session.PostAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}""")).Status);

        await held.Ended;
        await EndToEnd.Eventually.BecomesAsync("calls that run", "0", () => mcp.MetricAsync("homelab_mcp_calls_running"), running => running == 0);
        Assert.Equal(1, await mcp.MetricAsync("""homelab_mcp_calls_total{tool="model_load",outcome="cancelled"}"""));
        Assert.DoesNotContain("Exception", mcp.Cli.Error, StringComparison.Ordinal);

        // What was cancelled is not answered, so the request that brought it waits for its client to leave.
        await drop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Process_whose_client_closes_its_end_stops_what_it_does_and_exits()
    {
        await using var mcp = await PipedMcp.StartAsync();
        var held = new HeldLoad(mcp.Server);
        var call = mcp.Client.CallToolAsync("model_load", new Dictionary<string, object?> { ["model"] = "m" }).AsTask();
        await held.Begun;

        Assert.Equal(0, await mcp.HangUpAsync());

        await held.Ended;
        await Assert.ThrowsAnyAsync<Exception>(() => call.WaitAsync(Patience, TimeProvider.System));
    }

    [Theory]
    [InlineData(HttpTransportMode.StreamableHttp, "/mcp", "2025-11-25")]
    [InlineData(HttpTransportMode.StreamableHttp, "/mcp", null)]
    [InlineData(HttpTransportMode.StreamableHttp, "/sse", "2025-11-25")]
    [InlineData(HttpTransportMode.Sse, "/sse", null)]
    public async Task Session_that_is_closed_mid_call_leaves_nothing_running(HttpTransportMode mode, string path, string? protocol)
    {
        await using var server = await FakeControlServer.StartAsync();
        var held = new HeldLoad(server);
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        var client = await mcp.ConnectAsync(mode, path, protocol: protocol);
        var call = client.CallToolAsync("model_load", new Dictionary<string, object?> { ["model"] = "m" }).AsTask();
        await held.Begun;
        Assert.Equal(1, await mcp.MetricAsync("homelab_mcp_calls_running"));

        await client.DisposeAsync();

        await held.Ended;
        await Assert.ThrowsAnyAsync<Exception>(() => call);
        await EndToEnd.Eventually.BecomesAsync("calls that run", "0", () => mcp.MetricAsync("homelab_mcp_calls_running"), running => running == 0);
    }

    [Fact]
    public async Task Request_that_is_dropped_without_a_word_leaves_nothing_running()
    {
        await using var server = await FakeControlServer.StartAsync();
        var held = new HeldLoad(server);
        await using var mcp = await RunningMcp.StartAsync(server.Address);
        var session = await RawSession.OpenAsync(mcp.Http);
        using var drop = new CancellationTokenSource();
        var call = session.PostAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"model_load","arguments":{"model":"m"}}}""", null, drop.Token);
        await held.Begun;

        await drop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await held.Ended;
        await EndToEnd.Eventually.BecomesAsync("calls that run", "0", () => mcp.MetricAsync("homelab_mcp_calls_running"), running => running == 0);
    }

    /// <summary>A load that never ends by itself.</summary>
    private sealed class HeldLoad
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldLoad(FakeControlServer server) => server.On("POST", ControlRoutes.LoadModel, async context =>
        {
            context.Response.ContentType = ControlRoutes.ProgressMediaType;
            await context.Response.Body.FlushAsync();
            _begun.TrySetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            }
            finally
            {
                _ended.TrySetResult();
            }
        });

        /// <summary>The control API has the request.</summary>
        public Task Begun => _begun.Task.WaitAsync(Patience, TimeProvider.System);

        /// <summary>The request was dropped.</summary>
        public Task Ended => _ended.Task.WaitAsync(Patience, TimeProvider.System);
    }
}
