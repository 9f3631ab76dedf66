using Homelab.Configuration;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Tests.Configuration;

/// <summary>What the loader makes of files that are right, and where it finds them.</summary>
public sealed class ConfigurationLoaderTests : IDisposable
{
    private const string Promised = """
        node:
          name: tower                       # default: host name
          labels: { site: home }
        daemon:
          listen: 127.0.0.1:42420           # several: a list. Other than loopback requires api_keys or hub
          advertise: http://192.168.1.20:42420
          api_keys: [ "${env:HOMELAB_KEY}" ]
          hub: http://192.168.1.10:42421    # joins the cluster; or a list of hubs
          join_token: "${file:~/.homelab/join}"   # exchanged once for a node credential
          idle_unload: 15m                  # 0 = never
          load_timeout: 10m
          drain: 30s                        # what running streams get at shutdown
          queue: { max_waiting: 512, max_wait: 4m }
          max_body: 64MiB
          pull_on_demand: false
          allow_cloud_models: false
          claim_ollama_port: false
          allowed_hosts: []                 # further names for the Host check
          allowed_origins: []               # browser origins that may call (CORS)
          memory:
            reserve: 512MiB                 # kept free on each device
            cpu_offload: never              # never | allow : may a model spill into RAM
            devices: [{ name: gpu0, kind: cuda, total: 24GiB }]
          engines:
            ollama: { url: http://127.0.0.1:11434, manage: auto, install: ask, expose: false, parallel: 4, context: 0 }
            llama_cpp: { server: llama-server, rpc_server: rpc-server, models: ~/models }
            simulated: { enabled: false }   # see the simulated engine
        models:                             # everything here is optional
          - name: qwen3:8b
            aliases: [ chat, gpt-4o-mini ]
            pin: true                       # loaded at start, never evicted
            protect: false
            idle_unload: 1h
            context: 16384
            parallel: 2
          - alias: coder
            of: [ qwen3-coder:30b, qwen2.5-coder:7b ]
        hub:
          listen: 0.0.0.0:42421
          heartbeat: 5s
          suspect_after: 15s
          lost_after: 30s
          admin_key: "${env:HOMELAB_ADMIN_KEY}"   # absent: made at the first start and printed once
          join_token: "${env:HOMELAB_JOIN}"       # a standing token for automation; absent: only single-use ones
          service_keys:                     # also: homelab keys add
            - { name: n8n, key: "${env:N8N_KEY}", models: [ "*" ], requests_per_minute: 600, admin: false }
          storage: sqlite                   # or postgres: { connection: ... }
        infra:
          roots: [ { name: logs, path: /var/log, include: [ "**/*.log" ] } ]
        mcp:
          listen: 127.0.0.1:8092
          target: http://127.0.0.1:42420    # a daemon or a hub
          key: "${env:HOMELAB_KEY}"
        """;

    private readonly string _home = Directory.CreateTempSubdirectory("homelab-config").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void Every_promised_key_is_read()
    {
        Directory.CreateDirectory(Path.Combine(_home, ".homelab"));
        File.WriteAllText(Path.Combine(_home, ".homelab", "join"), "joining\n");
        var loaded = ConfigurationLoader.LoadText(Promised, environment: new Dictionary<string, string>
        {
            ["HOME"] = _home,
            ["HOMELAB_KEY"] = "k-daemon",
            ["HOMELAB_ADMIN_KEY"] = "k-admin",
            ["HOMELAB_JOIN"] = "k-join",
            ["N8N_KEY"] = "k-n8n",
        });

        Assert.Empty(loaded.Problems);
        var config = loaded.Config!;
        Assert.Equal(("tower", "home"), (config.Node.Name, config.Node.Labels["site"]));
        Assert.Equal(["127.0.0.1:42420"], config.Daemon.Listen);
        Assert.Equal(["k-daemon"], config.Daemon.ApiKeys);
        Assert.Equal(["http://192.168.1.10:42421"], config.Daemon.Hub);
        Assert.Equal("joining", config.Daemon.JoinToken);
        Assert.Equal((Duration.FromMinutes(15), ByteSize.FromMebibytes(64)), (config.Daemon.IdleUnload, config.Daemon.MaxBody));
        var device = Assert.Single(config.Daemon.Memory.Devices);
        Assert.Equal(("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24)), (device.Name, device.Kind, device.Total));
        Assert.Equal((ManageMode.Auto, InstallMode.Ask, CpuOffload.Never), (config.Daemon.Engines.Ollama.Manage, config.Daemon.Engines.Ollama.Install, config.Daemon.Memory.CpuOffload));
        Assert.Equal((Duration.FromMinutes(60), 16384, 2, true), (config.Models[0].IdleUnload, config.Models[0].Context, config.Models[0].Parallel, config.Models[0].Pin));
        Assert.Equal(["qwen3-coder:30b", "qwen2.5-coder:7b"], config.Models[1].Of);
        Assert.Equal(("k-n8n", 600), (config.Hub.ServiceKeys[0].Key, config.Hub.ServiceKeys[0].RequestsPerMinute));
        Assert.Null(config.Hub.Storage.Postgres);
        Assert.Equal(["**/*.log"], config.Infra.Roots[0].Include);
        Assert.Equal("k-daemon", config.Mcp.Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("{}")]
    [InlineData("daemon:\nmodels:\nhub:\n  service_keys:\n  storage:\n")]
    public void An_empty_file_or_section_means_the_defaults(string text)
    {
        var loaded = ConfigurationLoader.LoadText(text);

        Assert.Empty(loaded.Problems);
        Same.AsDefault(loaded.Config);
    }

    [Fact]
    public void A_missing_default_file_means_the_defaults()
    {
        var loaded = ConfigurationLoader.Load(null, Home());

        Same.AsDefault(loaded.Config);
        Assert.False(loaded.FileExists);
        Assert.Equal(Path.Combine(_home, "homelab.yaml"), loaded.File);
    }

    [Fact]
    public void A_missing_named_file_is_a_problem()
    {
        var path = Path.Combine(_home, "other.yaml");

        Assert.Equal($"{path}: does not exist", Assert.Single(ConfigurationLoader.Load(path, Home()).Problems).ToString());
    }

    [Fact]
    public void A_folder_for_a_file_is_a_problem() =>
        Assert.Equal($"{_home}: is a folder, not a file", Assert.Single(ConfigurationLoader.Load(_home, Home()).Problems).ToString());

    [Fact]
    public void A_file_over_the_limit_is_refused_and_one_at_the_limit_read()
    {
        var path = Path.Combine(_home, "homelab.yaml");
        File.WriteAllText(path, new string('#', ConfigurationLoader.MaximumBytes));
        Same.AsDefault(ConfigurationLoader.Load(null, Home()).Config);

        File.AppendAllText(path, "#");
        Assert.Equal($"{path}: is larger than 256 KiB", Assert.Single(ConfigurationLoader.Load(null, Home()).Problems).ToString());
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_their_place()
    {
        var path = Path.Combine(_home, "homelab.yaml");
        File.WriteAllBytes(path, [.. "node:\n  name: a"u8, 0xC3, 0x28]);

        Assert.Equal($"{path}:2:10: is not UTF-8 text", Assert.Single(ConfigurationLoader.Load(null, Home()).Problems).ToString());
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        File.WriteAllBytes(Path.Combine(_home, "homelab.yaml"), [0xEF, 0xBB, 0xBF, .. "node: { name: tower }"u8]);

        Assert.Equal("tower", ConfigurationLoader.Load(null, Home()).Config?.Node.Name);
    }

    [Fact]
    public void A_database_connection_may_stand_for_the_word()
    {
        var loaded = ConfigurationLoader.LoadText("hub: { storage: { postgres: { connection: Host=db } } }");

        Assert.Equal("Host=db", loaded.Config?.Hub.Storage.Postgres?.Connection);
    }

    [Theory]
    [InlineData("daemon: { listen: \"0.0.0.0:42420\", api_keys: [ k ] }")]
    [InlineData("daemon: { listen: \"[::]:42420\", hub: http://hub:42421 }")]
    [InlineData("daemon: { listen: [ \"localhost:1\", \"[::1]:1\", \"127.0.0.2:1\" ] }")]
    public void A_listener_is_allowed_on_loopback_or_with_a_key(string text) => Assert.Empty(ConfigurationLoader.LoadText(text).Problems);

    private Dictionary<string, string> Home() => new() { ["HOMELAB_HOME"] = _home };
}
