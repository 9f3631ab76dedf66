using Homelab.Configuration;
using Homelab.Roles.Mcp;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>Whose cluster the tools show, from what is given and configured.</summary>
public sealed class McpTargetTests
{
    [Theory]
    [InlineData("", null, null, "http://127.0.0.1:42420", null)]
    [InlineData("daemon: { listen: 127.0.0.1:5000 }", null, null, "http://127.0.0.1:5000", null)]
    [InlineData("daemon: { listen: \"0.0.0.0:5000\", api_keys: [ abcdefgh ] }", null, null, "http://127.0.0.1:5000", null)]
    [InlineData("daemon: { listen: \"10.0.0.7:5000\", api_keys: [ abcdefgh ] }", null, null, "http://10.0.0.7:5000", null)]
    [InlineData("daemon: { listen: 127.0.0.1:0 }", null, null, "http://127.0.0.1:42420", null)]
    [InlineData("mcp: { target: \"http://10.0.0.1:42421\", key: configured }", null, null, "http://10.0.0.1:42421", "configured")]
    [InlineData("mcp: { target: \"http://10.0.0.1:42421\", key: configured }", "http://10.0.0.2:1", "given", "http://10.0.0.2:1", "given")]
    [InlineData("mcp: { target: \"http://10.0.0.1:42421\", key: configured }", "http://10.0.0.2:1", null, "http://10.0.0.2:1", "configured")]
    [InlineData("daemon: { hub: \"http://10.0.0.1:42421\" }\nmcp: { key: configured }", null, null, "http://10.0.0.1:42421", "configured")]
    [InlineData("daemon: { hub: \"http://127.0.0.1:42421\" }", null, null, "http://127.0.0.1:42421", null)]
    public void Target_is_the_nearest_that_was_named(string yaml, string? address, string? key, string expected, string? expectedKey)
    {
        var target = McpTarget.Choose(Config(yaml), address is null ? null : new Uri(address), key);

        Assert.Equal((expected, expectedKey, null), (target.Name, target.Key, target.Warning));
    }

    [Fact]
    public void Hub_that_wants_a_key_which_is_not_there_leaves_this_machine_and_a_warning()
    {
        var target = McpTarget.Choose(Config("daemon: { hub: \"http://10.0.0.1:42421\" }"), null, null);

        Assert.Equal("http://127.0.0.1:42420", target.Name);
        Assert.Equal("the tools show this machine alone: its hub, http://10.0.0.1:42421, wants a key. On the hub: homelab keys add mcp, then set mcp.key here", target.Warning);
    }

    [Fact]
    public void What_starts_it_follows_from_its_port() =>
        Assert.Equal(("homelab hub", "homelab daemon"), (new McpTarget(new Uri("http://h:42421"), null).StartCommand, new McpTarget(new Uri("http://h:42420"), null).StartCommand));

    private static HomelabConfig Config(string yaml) => ConfigurationLoader.LoadText(yaml) is { Config: { } config } ? config : throw new InvalidOperationException(yaml);
}
