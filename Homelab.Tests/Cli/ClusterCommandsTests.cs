using Homelab.Cli;
using Homelab.Contracts;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Cli;

/// <summary><c>nodes drain|resume|remove</c>, <c>keys</c>, <c>join-token</c> and <c>usage</c>.</summary>
public sealed class ClusterCommandsTests
{
    private const string Secret = "hl_key_abcdefgh_0123456789012345678901234567890a";

    private static readonly KeyWire Key = new("abcdefgh", "service", "n8n", false, ["*"], 600, QuickTime.Start.AddHours(-3));

    [Theory]
    [InlineData("drain", "POST", "/homelab/v1/nodes/big%20box/drain", "is draining")]
    [InlineData("resume", "POST", "/homelab/v1/nodes/big%20box/resume", "takes work again")]
    [InlineData("remove", "DELETE", "/homelab/v1/nodes/big%20box", "is removed")]
    public async Task Node_is_changed_by_its_name(string verb, string method, string path, string said)
    {
        await using var server = (await FakeControlServer.StartAsync())
            .On(method, path, c => FakeControlServer.JsonAsync(c, SampleWires.Node with { Name = "big box" }, ContractsJson.Default.NodeWire));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "nodes", verb, "big box"));
        Assert.Equal(method, Assert.Single(server.Seen).Method);
        Assert.Contains(said, cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alias_is_set_listed_and_taken_back()
    {
        await using var server = (await FakeControlServer.StartAsync())
            .On("PUT", "/homelab/v1/aliases/my%20coder", c => FakeControlServer.JsonAsync(c, new AliasWire("my coder", ["a:1b", "b:7b"], "set"), ContractsJson.Default.AliasWire))
            .On("DELETE", "/homelab/v1/aliases/coder", c => FakeControlServer.JsonAsync(c, new AliasWire("coder", ["a:1b"], "set"), ContractsJson.Default.AliasWire))
            .Gets<IReadOnlyList<AliasWire>>(ControlRoutes.Aliases, [new AliasWire("chat", ["qwen3:8b"], "configuration"), new AliasWire("coder", ["a:1b", "b:7b"], "set")], ContractsJson.Default.IReadOnlyListAliasWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "alias", "my coder", "a:1b", "b:7b"));
        Assert.Equal("{\"of\":[\"a:1b\",\"b:7b\"]}", Assert.Single(server.Seen).Body);
        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "alias", "coder", "--remove"));
        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "alias"));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Theory]
    [InlineData("models", "alias", "coder")]
    [InlineData("models", "alias", "--remove")]
    [InlineData("models", "alias", "coder", "a:1b", "--remove")]
    public async Task Alias_without_what_it_needs_is_a_usage_error(params string[] arguments)
    {
        await using var server = await FakeControlServer.StartAsync();
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(server, arguments));
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task Node_that_is_none_is_a_failure_in_the_hubs_words()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("POST", "/homelab/v1/nodes/nobody/drain", 404, "node_not_found", "there is no node 'nobody'");
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "nodes", "drain", "nobody"));
        Assert.Contains("there is no node 'nobody'", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_a_table_without_secrets()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets<IReadOnlyList<KeyWire>>(
            ControlRoutes.Keys,
            [
                Key,
                new KeyWire("-", "service", "home", false, ["qwen*", "embed"], Configured: true),
                new KeyWire("opsopsop", "service", "ops", true, ["*"], null, QuickTime.Start.AddDays(-2), QuickTime.Start.AddHours(5), QuickTime.Start.AddMinutes(-1)),
                new KeyWire("oldoldol", "join", "join token", false, [], null, QuickTime.Start.AddDays(-3), QuickTime.Start.AddDays(-2)),
            ],
            ContractsJson.Default.IReadOnlyListKeyWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "keys"));
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Key_is_made_with_its_limits_and_alone_on_standard_output()
    {
        await using var server = (await FakeControlServer.StartAsync())
            .On("POST", ControlRoutes.Keys, c => FakeControlServer.JsonAsync(c, new KeyMadeWire(Key, Secret), ContractsJson.Default.KeyMadeWire));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "keys", "add", "n8n", "--models", "qwen*", "--models", "embed", "--requests-per-minute", "600", "--ttl", "1h"));
        Assert.Equal("{\"name\":\"n8n\",\"models\":[\"qwen*\",\"embed\"],\"requests_per_minute\":600,\"admin\":false,\"ttl_seconds\":3600,\"infra\":false}", Assert.Single(server.Seen).Body);
        Assert.Equal(Secret + Environment.NewLine, cli.Out);
    }

    [Theory]
    [InlineData("keys", "add", "n8n", "--ttl", "soon")]
    [InlineData("join-token", "--ttl", "-5m")]
    [InlineData("usage", "--since", "yesterday")]
    public async Task Duration_that_is_none_is_a_usage_error_before_anything_is_asked(params string[] arguments)
    {
        await using var server = await FakeControlServer.StartAsync();
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(server, arguments));
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task Key_is_revoked_by_its_name()
    {
        await using var server = (await FakeControlServer.StartAsync()).On("DELETE", "/homelab/v1/keys/n8n", c => FakeControlServer.JsonAsync(c, Key, ContractsJson.Default.KeyWire));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "keys", "revoke", "n8n"));
        Assert.Contains("abcdefgh (n8n) is revoked", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Join_token_stands_alone_on_standard_output_and_the_note_says_how_to_use_it()
    {
        await using var server = (await FakeControlServer.StartAsync())
            .On("POST", ControlRoutes.JoinTokens, c => FakeControlServer.JsonAsync(c, new JoinTokenWire("hl_join_x_y", QuickTime.Start.AddDays(1), 3), ContractsJson.Default.JoinTokenWire));
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "join-token", "--uses", "3"));
        Assert.Equal("{\"uses\":3}", Assert.Single(server.Seen).Body);
        Assert.Equal("hl_join_x_y" + Environment.NewLine, cli.Out);
        Assert.Contains($"homelab daemon --join {server.Address.GetLeftPart(UriPartial.Authority)} --token", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_is_a_table_since_a_moment()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(
            ControlRoutes.Usage,
            new UsageWire(QuickTime.Start, [new UsageRowWire("n8n", "qwen3:8b", "tower", 120, 2, 34_567, 8_901), new UsageRowWire("n8n", null, null, 3, 3, 0, 0)]),
            ContractsJson.Default.UsageWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "usage", "--since", "24h"));
        Assert.StartsWith("/homelab/v1/usage?since=", Assert.Single(server.Seen).Path, StringComparison.Ordinal);
        VerifiedSnapshot.Match(cli.Out);
    }
}
