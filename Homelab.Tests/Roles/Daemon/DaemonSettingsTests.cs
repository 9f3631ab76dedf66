using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Roles.Daemon;

namespace Homelab.Tests.Roles.Daemon;

public sealed class DaemonSettingsTests
{
    [Fact]
    public void A_model_without_settings_of_its_own_has_those_of_the_daemon()
    {
        var config = new HomelabConfig();
        config.Daemon.IdleUnload = Duration.FromMinutes(7);
        config.Daemon.Engines.Ollama.Parallel = 3;

        var policy = DaemonSettings.From(config).Policy.For(ModelName.Parse("anything"));

        Assert.Equal(TimeSpan.FromMinutes(7), policy.IdleUnload);
        Assert.Equal(3, policy.Parallel);
        Assert.False(policy.Pin);
    }

    [Fact]
    public void A_models_own_settings_win_and_the_rest_is_inherited()
    {
        var config = new HomelabConfig();
        config.Daemon.Engines.Ollama.Parallel = 3;
        config.Models.Add(new ModelConfig { Name = "Qwen3:8B", Pin = true, Context = 16384, IdleUnload = Duration.FromMinutes(60) });

        var policy = DaemonSettings.From(config).Policy.For(ModelName.Parse("qwen3:8b"));

        Assert.True(policy.Pin);
        Assert.Equal(16384, policy.Context);
        Assert.Equal(TimeSpan.FromHours(1), policy.IdleUnload);
        Assert.Equal(3, policy.Parallel);
    }

    [Fact]
    public void Aliases_lead_to_their_model_and_ranked_lists_keep_their_order()
    {
        var config = new HomelabConfig();
        config.Models.Add(new ModelConfig { Name = "qwen3:8b", Aliases = ["chat", "gpt-4o-mini"] });
        config.Models.Add(new ModelConfig { Alias = "coder", Of = ["qwen3-coder:30b", "qwen2.5-coder:7b"] });

        var aliases = DaemonSettings.From(config).Aliases;

        Assert.Equal(["qwen3:8b"], aliases["CHAT"].Select(m => m.Value));
        Assert.Equal(["qwen3:8b"], aliases["gpt-4o-mini"].Select(m => m.Value));
        Assert.Equal(["qwen3-coder:30b", "qwen2.5-coder:7b"], aliases["coder"].Select(m => m.Value));
    }

    [Fact]
    public void The_nodes_name_is_the_machines_unless_it_is_given_one()
    {
        Assert.Equal(Environment.MachineName, DaemonSettings.From(new HomelabConfig()).NodeName);
        Assert.Equal("tower", DaemonSettings.From(new HomelabConfig { Node = new NodeConfig { Name = "tower" } }).NodeName);
    }
}
