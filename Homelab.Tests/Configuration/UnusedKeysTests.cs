using Homelab.Configuration;

namespace Homelab.Tests.Configuration;

/// <summary>Keys that this version reads and does nothing with: said with their place, never an error.</summary>
public sealed class UnusedKeysTests
{
    [Theory]
    [InlineData("daemon: { engines: { llama_cpp: { models: ~/gguf } } }\n", "homelab.yaml:1:22: daemon.engines.llama_cpp: has no effect: this version does not run llama.cpp")]
    [InlineData("\nhub: { storage: { postgres: { connection: Host=db } } }\n", "homelab.yaml:2:19: hub.storage.postgres: has no effect: this version keeps everything in the embedded database")]
    public void Key_without_effect_is_warned_of_at_its_place(string text, string warning)
    {
        var loaded = ConfigurationLoader.LoadText(text);

        Assert.NotNull(loaded.Config);
        Assert.Equal(warning, Assert.Single(loaded.Warnings).ToString());
    }

    [Theory]
    [InlineData("daemon: { drain: 5s, listen: 127.0.0.1:1, engines: { ollama: { expose: false } }, hub: [] }\n")]
    [InlineData("daemon: { hub: \"http://10.0.0.1:42421\", join_token: abcdefgh, engines: { ollama: { expose: true } } }\n")]
    [InlineData("hub: { heartbeat: 1s, queue: { max_waiting: 1 }, events: { keep: 2d } }\nmodels: [ { name: m, require: { site: home } } ]\n")]
    [InlineData("mcp: { listen: 127.0.0.1:1, target: \"http://10.0.0.1:42421\", key: abcdefgh, read_only: true }\n")]
    [InlineData("hub: {}\nmcp:\ninfra: { roots: [] }\n")]
    [InlineData("hub: { listen: 0.0.0.0:42421, storage: sqlite, service_keys: [] }\n")]
    public void What_has_an_effect_or_is_the_default_is_not_warned_of(string text) => Assert.Empty(ConfigurationLoader.LoadText(text).Warnings);

    [Fact]
    public void Variable_of_a_key_without_effect_is_warned_of_too()
    {
        var loaded = ConfigurationLoader.LoadText("", environment: new Dictionary<string, string> { ["HOMELAB_DAEMON__ENGINES__LLAMA_CPP__MODELS"] = "/gguf" });

        Assert.StartsWith("HOMELAB_DAEMON__ENGINES__LLAMA_CPP__MODELS: daemon.engines.llama_cpp: has no effect: ", Assert.Single(loaded.Warnings).ToString());
    }

    [Theory]
    [InlineData("HOMELAB_DAEMON_DRAIN", "HOMELAB_DAEMON_DRAIN: has no effect; the variable of daemon.drain is HOMELAB_DAEMON__DRAIN, with two underscores between levels")]
    [InlineData("HOMELAB_DAEMON_ENGINES_OLLAMA_URL", "HOMELAB_DAEMON_ENGINES_OLLAMA_URL: has no effect; the variable of daemon.engines.ollama.url is HOMELAB_DAEMON__ENGINES__OLLAMA__URL, with two underscores between levels")]
    public void Variable_with_one_underscore_where_two_belong_is_warned_of(string name, string warning)
    {
        var loaded = ConfigurationLoader.LoadText("", environment: new Dictionary<string, string> { [name] = "5s", ["HOMELAB_HOME"] = "/x", ["HOMELAB_KEY"] = "k", ["HOMELAB_URL"] = "u" });

        Assert.NotNull(loaded.Config);
        Assert.Equal(warning, Assert.Single(loaded.Warnings).ToString());
    }
}
