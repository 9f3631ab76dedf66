using System.Net;
using Homelab.Cli;
using Homelab.Cli.Doctor;
using Homelab.Clients;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Engines.Ollama;

namespace Homelab.Tests.Cli.Doctor;

/// <summary>What each check of <c>homelab doctor</c> says about which machine.</summary>
public sealed class DoctorCheckTests
{
    private static readonly DoctorFacts Healthy = new()
    {
        Loaded = Config(""),
        Variables = new Dictionary<string, string>(),
        Address = new Uri("http://127.0.0.1:42420"),
        Daemon = SampleWires.Status,
        Ollama = new OllamaReading("0.32.15", null, [Tag("qwen3:8b")]),
        OllamaExecutable = "/usr/bin/ollama",
        Devices = [new DeviceReading("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(24), ByteSize.FromGibibytes(20))],
        Listeners = [new IPEndPoint(IPAddress.Loopback, 42420), new IPEndPoint(IPAddress.Loopback, 11434)],
        ModelsFolder = "/models",
        FreeDiskBytes = 100L << 30,
        Files = [new FileReading("/home/a/.homelab", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, QuickTime.Start)],
        Version = "0.1.0",
        Now = QuickTime.Start,
    };

    [Fact]
    public void Healthy_machine_has_nothing_to_mend()
    {
        var findings = DoctorChecks.All.SelectMany(c => c.Check(Healthy)).ToList();

        Assert.All(findings, f => Assert.True(f.Outcome == FindingOutcome.Ok, f.ToString()));
        Assert.True(findings.Count >= 15);
        Assert.All(findings, f => Assert.Null(f.Fix));
    }

    [Fact]
    public void Wrong_configuration_fails_with_its_line() =>
        Expect(Healthy with { Loaded = Config("daemon: { lisen: x }") }, "configuration", FindingOutcome.Fail, "homelab.yaml:1:11");

    [Fact]
    public void Folder_that_others_can_change_fails() => Expect(
        Healthy with { Files = [new FileReading("/x/.homelab", UnixFileMode.OtherWrite, QuickTime.Start)] }, "folder", FindingOutcome.Fail, "can be changed by other users");

    [Fact]
    public void Configuration_with_keys_that_others_can_read_is_a_warning()
    {
        var loaded = Config("daemon: { api_keys: [ abcdefghijklmnopqrstuvwxyz ] }") with { File = "/x/homelab.yaml" };
        Expect(Healthy with { Loaded = loaded, Files = [new FileReading("/x/homelab.yaml", UnixFileMode.OtherRead, QuickTime.Start)] }, "folder", FindingOutcome.Warn, "can be read by other users");
    }

    [Fact]
    public void Clock_of_the_past_fails() => Expect(Healthy with { Now = DateTimeOffset.UnixEpoch }, "clock", FindingOutcome.Fail, "1970-01-01");

    [Fact]
    public void Files_of_the_future_are_a_warning() => Expect(Healthy with { Now = QuickTime.Start.AddDays(-1) }, "clock", FindingOutcome.Warn, "in the future");

    [Fact]
    public void Daemon_that_does_not_run_is_a_warning_with_the_command() => Assert.Equal(
        "homelab daemon",
        Expect(Without(new ControlException("nobody answers", ControlException.NobodyAnswers)), "daemon", FindingOutcome.Warn, "nobody answers").Fix);

    [Fact]
    public void Daemon_that_wants_a_key_fails() =>
        Expect(Without(new ControlException("no key", ControlException.NotAllowed)), "daemon", FindingOutcome.Fail, "no key");

    [Fact]
    public void Daemon_of_another_version_is_a_warning() => Expect(Healthy with { Version = "0.2.0" }, "daemon", FindingOutcome.Warn, "this is 0.2.0");

    [Fact]
    public void Engine_that_is_down_fails() => Expect(
        Healthy with { Daemon = SampleWires.Status with { Engine = SampleWires.Status.Engine! with { State = "down", Problem = "refused" } } }, "daemon", FindingOutcome.Fail, "refused");

    [Theory]
    [InlineData("127.0.0.1:42420", "0.0.0.0", FindingOutcome.Fail)]
    [InlineData("127.0.0.1:42420", "127.0.0.1", FindingOutcome.Fail)]
    [InlineData("localhost:42420", "::1", FindingOutcome.Fail)]
    [InlineData("127.0.0.1:42420", "192.168.1.2", FindingOutcome.Ok)]
    [InlineData("127.0.0.1:42421", "127.0.0.1", FindingOutcome.Ok)]
    internal void Port_that_another_program_holds_fails(string listen, string taken, FindingOutcome outcome) => Expect(
        Without(new ControlException("nobody", 69)) with { Loaded = Config($"daemon: {{ listen: \"{listen}\" }}"), Listeners = [new IPEndPoint(IPAddress.Parse(taken), 42420)] },
        "ports",
        outcome,
        listen);

    [Fact]
    public void Short_key_is_a_warning_and_is_not_shown()
    {
        var finding = Expect(Healthy with { Loaded = Config("daemon: { api_keys: [ hunter22 ] }") }, "keys", FindingOutcome.Warn, "shorter than 16");
        Assert.DoesNotContain("hunter22", finding.ToString());
    }

    [Fact]
    public void No_ollama_at_all_fails() =>
        Expect(Healthy with { OllamaExecutable = null, Ollama = new OllamaReading(null, "refused", []) }, "ollama", FindingOutcome.Fail, "neither running nor installed");

    [Fact]
    public void Ollama_that_the_daemon_will_start_is_fine() => Expect(
        Without(new ControlException("nobody", 69)) with { Ollama = new OllamaReading(null, "refused", []) }, "ollama runs", FindingOutcome.Ok, "will start it");

    [Fact]
    public void Ollama_that_nobody_may_start_fails() => Expect(
        Healthy with { Loaded = Config("daemon: { engines: { ollama: { manage: never } } }"), Ollama = new OllamaReading(null, "refused", []) }, "ollama runs", FindingOutcome.Fail, "manage is never");

    [Theory]
    [InlineData("0.32.15", FindingOutcome.Ok)]
    [InlineData("0.17.1-rc2", FindingOutcome.Ok)]
    [InlineData("0.17.0", FindingOutcome.Warn)]
    [InlineData("0.13.4", FindingOutcome.Warn)]
    [InlineData("v0.13.3", FindingOutcome.Fail)]
    [InlineData("dev", FindingOutcome.Warn)]
    internal void Ollama_version_is_judged(string version, FindingOutcome outcome) =>
        Expect(Healthy with { Ollama = Healthy.Ollama with { Version = version } }, "ollama version", outcome, version);

    [Fact]
    public void Ollama_open_to_the_network_is_a_warning() => Expect(
        Healthy with { Listeners = [new IPEndPoint(IPAddress.Any, 11434)] }, "ollama exposure", FindingOutcome.Warn, "without a key");

    [Theory]
    [InlineData("OLLAMA_KEEP_ALIVE", "0", true)]
    [InlineData("OLLAMA_KEEP_ALIVE", "0s", true)]
    [InlineData("OLLAMA_KEEP_ALIVE", "5m", false)]
    [InlineData("OLLAMA_NUM_PARALLEL", "1", true)]
    [InlineData("OLLAMA_NUM_PARALLEL", "4", false)]
    [InlineData("OLLAMA_MAX_LOADED_MODELS", "1", true)]
    [InlineData("OLLAMA_CONTEXT_LENGTH", "8192", true)]
    [InlineData("OLLAMA_ORIGINS", "*", true)]
    [InlineData("OLLAMA_LOAD_TIMEOUT", "1m", true)]
    [InlineData("OLLAMA_DEBUG", "1", false)]
    public void Ollama_variables_that_work_against_homelab_are_warnings(string name, string value, bool warns) => Expect(
        Healthy with { Variables = new Dictionary<string, string> { [name] = value } }, "ollama settings", warns ? FindingOutcome.Warn : FindingOutcome.Ok, warns ? name : "");

    [Fact]
    public void Variable_of_ollamas_service_goes_before_this_environment_s_and_its_file_is_named()
    {
        var facts = Healthy with
        {
            Variables = new Dictionary<string, string> { ["OLLAMA_NUM_PARALLEL"] = "4", ["OLLAMA_KEEP_ALIVE"] = "0" },
            Unit = new OllamaUnit(new Dictionary<string, (string, string)> { ["OLLAMA_NUM_PARALLEL"] = ("1", "/etc/x.conf"), ["OLLAMA_KEEP_ALIVE"] = ("5m", "/etc/x.conf") }),
        };

        Expect(facts, "ollama settings", FindingOutcome.Warn, "OLLAMA_NUM_PARALLEL=1, but");
        Expect(facts, "ollama settings", FindingOutcome.Warn, "(in /etc/x.conf)");
        Assert.Single(DoctorChecks.All.Single(c => c.Name == "ollama settings").Check(facts));
    }

    [Fact]
    public void Gpu_that_is_not_declared_is_a_warning() => Expect(
        Healthy with { Gpu = "NVIDIA GeForce RTX 4090", Devices = [new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(64), null)] }, "gpu", FindingOutcome.Warn, "NVIDIA GeForce RTX 4090");

    [Fact]
    public void Gpu_that_does_not_count_on_purpose_is_well_and_says_why() => Expect(
        Healthy with { Gpu = "AMD GPU", LeftOut = ["0000:c4:00.0, a GPU that is part of the processor"], Devices = [new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(64), null)] },
        "gpu",
        FindingOutcome.Ok,
        "not counted: 0000:c4:00.0, a GPU that is part of the processor");

    [Fact]
    public void Gpu_that_is_declared_is_well() => Expect(Healthy with { Gpu = "AMD GPU" }, "gpu", FindingOutcome.Ok, "AMD GPU, accounted for as gpu0");

    [Fact]
    public void Key_without_effect_is_a_warning() =>
        Expect(Healthy with { Loaded = Config("daemon: { engines: { llama_cpp: { models: ~/gguf } } }") }, "configuration", FindingOutcome.Warn, "homelab.yaml:1:22: daemon.engines.llama_cpp: has no effect");

    [Fact]
    public void No_model_is_a_warning_with_the_command() =>
        Assert.StartsWith("homelab models pull", Expect(Healthy with { Ollama = Healthy.Ollama with { Models = [] } }, "models", FindingOutcome.Warn, "no model").Fix);

    [Fact]
    public void Configured_model_that_is_missing_is_a_warning() =>
        Expect(Healthy with { Loaded = Config("models: [ { name: \"gemma3:12b\" }, { name: \"qwen3:8b\" } ]") }, "models", FindingOutcome.Warn, "gemma3:12b");

    [Fact]
    public void Cloud_models_are_named_and_a_warning_only_where_they_are_served()
    {
        var facts = Healthy with { Ollama = Healthy.Ollama with { Models = [Tag("qwen3:8b"), Tag("gpt-oss:120b-cloud", isCloud: true)] } };
        Expect(facts, "cloud models", FindingOutcome.Ok, "not served");
        Expect(facts with { Loaded = Config("daemon: { allow_cloud_models: true }") }, "cloud models", FindingOutcome.Warn, "leave this machine");
    }

    [Fact]
    public void No_device_fails() => Expect(Healthy with { Devices = [] }, "memory", FindingOutcome.Fail, "no device");

    [Fact]
    public void Short_default_context_is_a_warning() => Expect(
        Healthy with { Devices = [new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(16), null)] }, "context", FindingOutcome.Warn, "4096 tokens");

    [Fact]
    public void Context_that_cannot_fit_is_a_warning() =>
        Expect(Healthy with { Loaded = Config("daemon: { engines: { ollama: { context: 131072, parallel: 4 } } }") }, "context", FindingOutcome.Warn, "more than the 24 GiB");

    [Theory]
    [InlineData(0.5, FindingOutcome.Fail)]
    [InlineData(5, FindingOutcome.Warn)]
    [InlineData(50, FindingOutcome.Ok)]
    internal void Room_for_models_is_judged(double gibibytes, FindingOutcome outcome) =>
        Expect(Healthy with { FreeDiskBytes = (long)(gibibytes * (1L << 30)) }, "disk", outcome, "/models");

    [Fact]
    public void Simulation_asks_for_no_ollama()
    {
        var facts = Healthy with { Loaded = Config("daemon: { engines: { simulated: { enabled: true } } }"), Ollama = new OllamaReading(null, "refused", []), OllamaExecutable = null };
        Expect(facts, "ollama", FindingOutcome.Ok, "SIMULATED");
        Assert.DoesNotContain(DoctorChecks.All.SelectMany(c => c.Check(facts)), f => f.Outcome == FindingOutcome.Fail);
    }

    [Fact]
    public void Daemon_that_was_started_with_simulate_asks_for_no_ollama() => Expect(
        Healthy with { Daemon = SampleWires.SimulatedStatus, OllamaExecutable = null, Ollama = new OllamaReading(null, "refused", []) }, "ollama", FindingOutcome.Ok, "SIMULATED");

    [Fact]
    public void Every_finding_that_is_not_well_says_what_to_do()
    {
        DoctorFacts[] sick =
        [
            Without(new ControlException("no key", 77)) with { Devices = [], FreeDiskBytes = 1, Ollama = new OllamaReading("0.1.0", null, []), Now = DateTimeOffset.UnixEpoch },
            Without(new ControlException("nobody", 69)) with { OllamaExecutable = null, Ollama = new OllamaReading(null, "refused", []), Listeners = [new IPEndPoint(IPAddress.Any, 42420)] },
        ];
        Assert.All(sick.SelectMany(f => DoctorChecks.All.SelectMany(c => c.Check(f))).Where(f => f.Outcome != FindingOutcome.Ok), f => Assert.False(string.IsNullOrEmpty(f.Fix), f.ToString()));
    }

    [Theory]
    [InlineData("connected", null, FindingOutcome.Ok, "connected to http://192.168.1.10:42421")]
    [InlineData("connecting", null, FindingOutcome.Warn, "nothing was heard")]
    [InlineData("unreachable", "connection refused", FindingOutcome.Fail, "does not answer: connection refused")]
    [InlineData("refused", "the credential was revoked", FindingOutcome.Fail, "does not let this machine in: the credential was revoked")]
    internal void Link_to_the_hub_is_judged(string state, string? problem, FindingOutcome outcome, string text)
    {
        var finding = Expect(
            Healthy with { Loaded = Config("daemon: { listen: 0.0.0.0:42420, hub: http://192.168.1.10:42421 }"), Daemon = SampleWires.Status with { Hub = new HubLinkWire("http://192.168.1.10:42421", state, problem) } },
            "hub",
            outcome,
            text);
        Assert.Equal(outcome != FindingOutcome.Ok, finding.Fix is not null);
    }

    [Fact]
    public void Exposed_engine_that_listens_on_this_machine_only_is_a_warning() => Expect(
        Healthy with { Loaded = Config("daemon: { hub: http://192.168.1.10:42421, engines: { ollama: { expose: true } } }") }, "ollama exposure", FindingOutcome.Warn, "the hub cannot reach it");

    [Fact]
    public void Daemon_that_the_hub_cannot_reach_is_a_warning() => Expect(
        Healthy with { Loaded = Config("daemon: { hub: http://192.168.1.10:42421 }"), Daemon = SampleWires.Status with { Hub = new HubLinkWire("http://192.168.1.10:42421", "connected") } }, "hub", FindingOutcome.Warn, "listens on this machine only");

    [Fact]
    public void Daemon_that_runs_without_the_configured_hub_is_a_warning() => Expect(
        Healthy with { Loaded = Config("daemon: { listen: 0.0.0.0:42420, hub: http://192.168.1.10:42421 }") }, "hub", FindingOutcome.Warn, "does not know the hub");

    [Fact]
    public async Task Command_fails_where_a_check_fails_and_its_json_has_every_finding()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun();
        cli.Variables["HOMELAB_DAEMON__ENGINES__OLLAMA__URL"] = "http://127.0.0.1:1";
        cli.Variables["HOMELAB_DAEMON__ENGINES__OLLAMA__MANAGE"] = "never";

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "doctor", "--output", "json"));
        using var json = System.Text.Json.JsonDocument.Parse(cli.Out);
        Assert.Contains(json.RootElement.EnumerateArray(), f => f.GetProperty("check").GetString() == "ollama runs" && f.GetProperty("outcome").GetString() == "fail");
        Assert.Contains(json.RootElement.EnumerateArray(), f => f.GetProperty("check").GetString() == "memory" && f.GetProperty("outcome").GetString() == "ok");
    }

    [Fact]
    public async Task Command_on_a_simulated_machine_is_well_and_says_so_in_text()
    {
        await using var server = (await FakeControlServer.StartAsync()).WithStatus();
        var cli = new CliRun();
        cli.Variables["HOMELAB_DAEMON__ENGINES__SIMULATED__ENABLED"] = "true";
        cli.Variables["HOMELAB_DAEMON__LISTEN"] = "127.0.0.1:0";

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "doctor"));
        Assert.Contains("ok    ollama           not used: the SIMULATED engine", cli.Out);
    }

    private static DoctorFacts Without(ControlException problem) => Healthy with { Daemon = null, DaemonProblem = problem };

    private static Finding Expect(DoctorFacts facts, string check, FindingOutcome outcome, string text)
    {
        var findings = DoctorChecks.All.Single(c => c.Name == check).Check(facts).ToList();
        var found = findings.FirstOrDefault(f => f.Outcome == outcome && f.Text.Contains(text, StringComparison.Ordinal));
        Assert.True(found is not null, string.Join('\n', findings));
        return found!;
    }

    private static LoadedConfiguration Config(string yaml) => ConfigurationLoader.LoadText(yaml) with { File = "homelab.yaml", FileExists = true };

    private static OllamaTag Tag(string name, bool isCloud = false) => new(ModelName.Parse(name), "sha", ByteSize.FromGibibytes(5), [], isCloud, default);
}
