using Homelab.Contracts;
using Homelab.Tests.Cli;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>Failures are answers that an agent can act on: what happened, where, and what to do next.</summary>
public sealed class ToolFailureTests
{
    [Fact]
    public async Task Hub_that_is_down_is_named_with_what_starts_it()
    {
        await using var mcp = await PipedMcp.StartAsync();
        await mcp.Server.DisposeAsync();

        var address = mcp.Server.Address.ToString().TrimEnd('/');
        Assert.Equal(
            $"nobody answers at {address}: connection refused.\nNext: The cluster cannot be reached through {address}. Tell the user to start it there (homelab daemon), or to set mcp.target if it is elsewhere; then call again.",
            await mcp.FailsAsync("cluster_nodes"));
        Assert.Contains("If the connection was lost during the call, the work may go on there", await mcp.FailsAsync("model_load", ("model", "qwen3:8b")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_model_comes_with_the_right_ones()
    {
        await using var mcp = await PipedMcp.StartAsync();
        mcp.Server.Gets(ControlRoutes.Models, SampleWires.Models, ContractsJson.Default.IReadOnlyListModelWire)
            .Refuses("POST", ControlRoutes.LoadModel, 404, "model_not_found", "no machine has quen3:8b");

        var text = await mcp.FailsAsync("model_load", ("model", "quen3:8b"));

        Assert.StartsWith("no machine has quen3:8b. [model_not_found]\nNext: Look with model_list", text, StringComparison.Ordinal);
        Assert.EndsWith("\nThere is: gemma3:12b, nomic-embed-text:latest, qwen3:8b, broken:latest", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_node_comes_with_the_right_ones()
    {
        await using var mcp = await PipedMcp.StartAsync();
        mcp.Server.WithStatus().Refuses("POST", ControlRoutes.LoadModel, 404, "node_not_found", "there is no such machine in the cluster");

        Assert.EndsWith("\nThere is: tower", await mcp.FailsAsync("model_load", ("model", "qwen3:8b"), ("node", "towel")), StringComparison.Ordinal);
        Assert.Equal("there is no machine 'towel'.\nNext: choose one of tower", await mcp.FailsAsync("node_ollama_url", ("node", "towel")));
    }

    [Theory]
    [InlineData(401, "invalid_api_key", "homelab keys add mcp;")]
    [InlineData(403, "insufficient_permissions", "homelab keys add mcp --admin")]
    [InlineData(400, "model_too_large", "Choose a smaller model")]
    [InlineData(409, "would_evict_protected", "protected")]
    [InlineData(429, "queue_full", "wait until one is idle")]
    [InlineData(503, "capacity_timeout", "wait until one is idle")]
    [InlineData(503, "no_live_nodes", "whether they are lost or draining")]
    [InlineData(503, "load_failed", "homelab://events")]
    [InlineData(504, "load_timeout", "loading still")]
    [InlineData(502, "engine_error", "homelab://events")]
    [InlineData(503, "something_new", "cluster_nodes and model_list")]
    public async Task Refusal_of_the_cluster_says_what_why_and_what_next(int status, string code, string next)
    {
        await using var mcp = await PipedMcp.StartAsync();
        mcp.Server.Refuses("POST", ControlRoutes.LoadModel, status, code, "tower said no");

        var text = await mcp.FailsAsync("model_load", ("model", "qwen3:8b"));

        Assert.StartsWith($"tower said no. [{code}]\nNext: ", text, StringComparison.Ordinal);
        Assert.Contains(next, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "insufficient_permissions", "homelab keys add mcp --infra")]
    [InlineData(403, "read_refused", "asking again cannot help")]
    [InlineData(404, "root_not_found", "infra_list and the node alone")]
    [InlineData(404, "path_not_found", "infra_list at the folder above")]
    [InlineData(504, "read_timeout", "Try once more")]
    [InlineData(501, "not_supported", "update homelab there")]
    public async Task Refusal_of_a_file_says_what_why_and_what_next(int status, string code, string next)
    {
        await using var mcp = await PipedMcp.StartAsync();
        mcp.Server.Refuses("GET", "/homelab/v1/infra/tower/logs/file", status, code, "tower said no");

        var text = await mcp.FailsAsync("infra_read", ("node", "tower"), ("root", "logs"), ("path", "a.log"));

        Assert.StartsWith($"tower said no. [{code}]\nNext: ", text, StringComparison.Ordinal);
        Assert.Contains(next, text, StringComparison.Ordinal);
        Assert.Single(mcp.Server.Seen);
    }

    [Fact]
    public async Task Failure_at_the_end_of_a_load_is_one_of_the_tool()
    {
        await using var mcp = await PipedMcp.StartAsync();
        mcp.Server.Streams(ControlRoutes.LoadModel, new ProgressWire("loading"), new ProgressWire("done", Done: true, Error: new ErrorDetailWire("attic: CUDA error: out of memory", "api_error", null, "load_failed")));

        Assert.StartsWith("attic: CUDA error: out of memory. [load_failed]\nNext: The engine there refused.", await mcp.FailsAsync("model_load", ("model", "qwen3:8b")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_that_ends_before_the_result_sends_nobody_to_load_again()
    {
        await using var mcp = await PipedMcp.StartAsync();
        mcp.Server.Streams(ControlRoutes.LoadModel, new ProgressWire("loading"));

        Assert.Equal("the connection ended before the work was done; it may still go on there.\nNext: Look with model_list before you ask again.", await mcp.FailsAsync("model_load", ("model", "qwen3:8b")));
    }

    [Fact]
    public async Task Argument_that_is_wrong_is_named()
    {
        await using var mcp = await PipedMcp.StartAsync();

        Assert.Equal("'model' is missing", await mcp.FailsAsync("model_load"));
        Assert.Equal("'model' is missing", await mcp.FailsAsync("model_load", ("model", "")));
        Assert.Equal("'model' must be a text", await mcp.FailsAsync("model_load", ("model", 7)));
        Assert.Equal("'model' is longer than 256 characters", await mcp.FailsAsync("model_load", ("model", new string('m', 257))));
        Assert.Equal("'node' holds a control character", await mcp.FailsAsync("model_load", ("model", "m"), ("node", "a\r\nb")));
        Assert.Equal("there is no argument 'nodes': this tool takes model, node", await mcp.FailsAsync("model_load", ("model", "m"), ("nodes", "a")));
        Assert.Equal("there is no argument 'x': this tool takes none", await mcp.FailsAsync("cluster_nodes", ("x", 1)));
        Assert.StartsWith("'path' needs 'node' and 'root'", await mcp.FailsAsync("infra_list", ("path", "a")), StringComparison.Ordinal);
        Assert.StartsWith("'root' needs 'node'", await mcp.FailsAsync("infra_list", ("root", "logs")), StringComparison.Ordinal);
        Assert.Equal("'path' is longer than 4096 characters", await mcp.FailsAsync("infra_read", ("node", "n"), ("root", "r"), ("path", new string('p', 4097))));
        Assert.Equal("'offset' must be a whole number", await mcp.FailsAsync("infra_read", ("node", "n"), ("root", "r"), ("path", "p"), ("offset", 1.5)));
        Assert.StartsWith("'state' must be one of hot, leased", await mcp.FailsAsync("model_list", ("state", "warm")), StringComparison.Ordinal);
        Assert.Empty(mcp.Server.Seen);
    }

    [Fact]
    public async Task Unknown_tool_and_resource_are_errors_of_the_protocol()
    {
        await using var mcp = await PipedMcp.StartAsync();

        Assert.Equal(McpErrorCode.InvalidParams, (await Assert.ThrowsAsync<McpProtocolException>(async () => await mcp.CallAsync("rm_rf"))).ErrorCode);
        await Assert.ThrowsAsync<McpProtocolException>(async () => await mcp.Client.ReadResourceAsync("homelab://secrets"));
        await Assert.ThrowsAsync<McpProtocolException>(async () => await mcp.Client.GetPromptAsync("diagnose_slow_model"));
    }

    [Fact]
    public async Task Resource_of_a_cluster_that_is_down_says_so()
    {
        await using var mcp = await PipedMcp.StartAsync();
        await mcp.Server.DisposeAsync();

        var problem = await Assert.ThrowsAsync<McpProtocolException>(async () => await mcp.Client.ReadResourceAsync("homelab://nodes"));

        Assert.Contains("connection refused", problem.Message, StringComparison.Ordinal);
        Assert.Contains("homelab daemon", problem.Message, StringComparison.Ordinal);
        Assert.Contains("connection refused", ((TextContentBlock)Assert.Single((await mcp.Client.GetPromptAsync("diagnose_slow_model", new Dictionary<string, object?> { ["model"] = "m" })).Messages).Content).Text, StringComparison.Ordinal);
    }
}
