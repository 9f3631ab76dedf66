using Homelab.Configuration;
using Homelab.Configuration.Keys;

namespace Homelab.Tests.Configuration;

/// <summary>Environment and flags stand above the file, with the same checks.</summary>
public sealed class OverrideTests
{
    [Fact]
    public void Flags_stand_over_environment_over_file_over_default()
    {
        const string Text = "daemon: { drain: 1s, load_timeout: 1s, idle_unload: 1s }";
        var environment = new Dictionary<string, string> { ["HOMELAB_DAEMON__DRAIN"] = "2s", ["HOMELAB_DAEMON__LOAD_TIMEOUT"] = "2s" };
        var config = ConfigurationLoader.LoadText(Text, environment: environment, flags: [new("daemon.drain", "3s", "--drain")]).Config!;

        Assert.Equal(
            ("3s", "2s", "1s", "1m"),
            (config.Daemon.Drain.ToString(), config.Daemon.LoadTimeout.ToString(), config.Daemon.IdleUnload.ToString(), config.Daemon.Queue.MaxHold.ToString()));
    }

    [Theory]
    [InlineData("HOMELAB_DAEMON__LISTEN", "127.0.0.1:1, [::1]:1", "Daemon.Listen[1] = [::1]:1")]
    [InlineData("HOMELAB_DAEMON__LISTEN", "[ 127.0.0.1:1, \"[::1]:1\" ]", "Daemon.Listen[1] = [::1]:1")]
    [InlineData("HOMELAB_DAEMON__API_KEYS", "a,b", "Daemon.ApiKeys[1] = b")]
    [InlineData("HOMELAB_DAEMON__ENGINES__LLAMA_CPP__RPC_SERVER", "/x: y", "Daemon.Engines.LlamaCpp.RpcServer = /x: y")]
    [InlineData("HOMELAB_DAEMON__PULL_ON_DEMAND", "true", "Daemon.PullOnDemand = True")]
    [InlineData("HOMELAB_NODE__LABELS", "{ site: home }", "Node.Labels.site = home")]
    [InlineData("HOMELAB_MODELS", "[ { name: qwen3:8b, pin: true } ]", "Models[0].Pin = True")]
    [InlineData("HOMELAB_HUB__STORAGE__POSTGRES__CONNECTION", "Host=db", "Hub.Storage.Postgres.Connection = Host=db")]
    [InlineData("HOMELAB_DAEMON__MEMORY__DEVICES", "[ { name: a, kind: cuda, total: 8GiB } ]", "Daemon.Memory.Devices[0].Kind = Cuda")]
    public void A_variable_sets_its_key(string name, string value, string line)
    {
        var loaded = ConfigurationLoader.LoadText("", environment: new Dictionary<string, string> { [name] = value });

        Assert.Empty(loaded.Problems);
        Assert.Contains(line, Same.Flatten(loaded.Config), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HOMELAB_DAEMON__LISEN", "x", "HOMELAB_DAEMON__LISEN: names no key of the configuration; did you mean 'HOMELAB_DAEMON__LISTEN'?")]
    [InlineData("HOMELAB_DEAMON__LISTEN", "x", "HOMELAB_DEAMON__LISTEN: names no key of the configuration; did you mean 'HOMELAB_DAEMON__LISTEN'?")]
    [InlineData("HOMELAB_DAEMON__DRAIN", "soon", "HOMELAB_DAEMON__DRAIN: daemon.drain: 'soon' is not a duration; write for example 90s, 15m or 1h30m")]
    [InlineData("HOMELAB_DAEMON__LISTEN", "0.0.0.0:1", "HOMELAB_DAEMON__LISTEN: daemon.listen[0]: 0.0.0.0:1 can be reached from other machines, and there is no key: anybody on the network could use this daemon. Set daemon.api_keys (or join a hub with daemon.hub), or listen on 127.0.0.1:1")]
    [InlineData("HOMELAB_MODELS", "[ { nam: a } ]", "HOMELAB_MODELS:1:5: models[0].nam: is not a known key; did you mean 'name'?")]
    [InlineData("HOMELAB_MODELS", "[ {", "HOMELAB_MODELS:2:1: models: is not valid YAML: while parsing a node, did not find expected node content")]
    [InlineData("HOMELAB_HUB__ADMIN_KEY", "my secret", "HOMELAB_HUB__ADMIN_KEY: hub.admin_key: the value holds a space or a character that cannot stand in a header")]
    public void A_wrong_variable_is_named(string name, string value, string problem)
    {
        var loaded = ConfigurationLoader.LoadText("", environment: new Dictionary<string, string> { [name] = value });

        Assert.Equal(problem, loaded.Problems[0].ToString());
    }

    [Theory]
    [InlineData("HOMELAB_HOME", "/x")]
    [InlineData("HOMELAB_KEY", "k")]
    [InlineData("HOMELAB_URL", "x")]
    [InlineData("HOMELAB_SOMETHING__ELSE", "x")]
    [InlineData("HOMELAB_DAEMON__DRAIN", "")]
    [InlineData("PATH", "/bin")]
    public void A_variable_that_is_no_key_or_empty_changes_nothing(string name, string value)
    {
        var loaded = ConfigurationLoader.LoadText("", environment: new Dictionary<string, string> { [name] = value });

        Same.AsDefault(loaded.Config);
    }

    [Fact]
    public void Every_key_with_a_value_has_a_variable()
    {
        foreach (var (path, key) in ConfigurationKeys.Walk().Where(k => k.Key.TakesValue && !k.Path.Contains("[]", StringComparison.Ordinal)))
        {
            // Nothing is an impossible value for every kind of key, so that each variable shows that it reaches its key.
            var name = EnvironmentOverrides.VariableOf(path);
            var loaded = ConfigurationLoader.LoadText("", environment: new Dictionary<string, string> { [name] = key.Kind is ConfigurationKind.Text && key.Format == TextFormat.Any ? "x" : "\u0001 [" });

            Assert.StartsWith(name, Assert.Single(loaded.Problems).ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_holds_something_else_where_a_section_belongs_is_still_blamed()
    {
        var loaded = ConfigurationLoader.LoadText("daemon: 5", environment: new Dictionary<string, string> { ["HOMELAB_DAEMON__DRAIN"] = "2s" });

        Assert.Equal("homelab.yaml:1:9: daemon: must be a mapping of keys to values, not one value", Assert.Single(loaded.Problems).ToString());
    }
}
