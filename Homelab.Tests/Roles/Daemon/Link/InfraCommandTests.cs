using System.Text;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Roles.Daemon.Link;
using Homelab.Tests.Roles.Daemon.Infra;

namespace Homelab.Tests.Roles.Daemon.Link;

/// <summary>What a hub asks of files is answered over the connection that the machine opened, by the machine's own rules.</summary>
public sealed class InfraCommandTests
{
    [Fact]
    public async Task Roots_folders_and_files_are_told_with_a_heartbeat_and_who_asked_is_an_event_here_too()
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", "line\n");
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url], infra: Opened(folder));
        (await daemon.ConnectAsync(hub)).Command(Ask("r", "infra_roots", null), Ask("l", "infra_list", ""), Ask("f", "infra_read", "app.log"), Ask("x", "infra_read", "../outside.log"));

        var results = await ResultsAsync(daemon, hub, "r", "l", "f", "x");

        Assert.Equal("logs", Assert.Single(results["r"].Infra!.Roots!).Name);
        Assert.Equal("app.log", Assert.Single(results["l"].Infra!.List!.Entries).Name);
        Assert.Equal(("done", "line\n"), (results["f"].Status, results["f"].Infra!.File!.Text));
        Assert.Equal(("failed", InfraProblem.Refused), (results["x"].Status, results["x"].Code));
        Assert.Null(results["x"].Infra);
        Assert.Contains("n8n read 5 bytes of logs/app.log", daemon.Events, StringComparison.Ordinal);
        Assert.Contains("n8n was refused logs/../outside.log", daemon.Events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_gets_nothing_of_a_machine_that_opened_nothing()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        (await daemon.ConnectAsync(hub)).Command(Ask("r", "infra_roots", null), new HubCommandWire("n", "infra_read", 7, 60), Ask("f", "infra_read", "etc/passwd"));

        var results = await ResultsAsync(daemon, hub, "r", "n", "f");

        Assert.Empty(results["r"].Infra!.Roots!);
        Assert.All((string[])["n", "f"], id => Assert.Equal(("failed", InfraProblem.RootNotFound), (results[id].Status, results[id].Code)));
    }

    [Fact]
    public async Task Many_large_answers_are_spread_over_heartbeats_that_a_hub_takes_and_are_forgotten_once_it_has_them()
    {
        using var folder = new InfraFolder();
        folder.Write("quotes.log", string.Concat(Enumerable.Repeat("\"\"\"\"\"\"\"\n", 8000)));
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url], infra: Opened(folder));
        var held = await daemon.ConnectAsync(hub);
        string[] ids = [.. Enumerable.Range(0, 20).Select(i => $"c{i}")];
        held.Command([.. ids.Select(id => Ask(id, "infra_read", "quotes.log"))]);

        var bodies = new List<int>();
        var results = await ResultsAsync(daemon, hub, b => bodies.Add(Encoding.UTF8.GetByteCount(b.Body)), ids);

        Assert.All(results.Values, r => Assert.Equal(64_000, r.Infra!.File!.Text.Length));
        Assert.True(bodies.Max() < ClusterProtocol.LargestHeartbeat, $"{bodies.Max()} bytes");
    }

    [Fact]
    public void What_was_heard_keeps_its_end_and_not_the_file()
    {
        var command = new TakenCommand("c", null);
        command.Say(new CommandResultWire("c", "done", Infra: new InfraAnswerWire(Roots: [])), endedAt: 1);
        command.CarriedIn = 3;

        command.Heard(3);

        Assert.Equal(("done", null), (command.Said.Status, command.Said.Infra));
    }

    private static InfraConfig Opened(InfraFolder folder) => new() { Roots = [new InfraRootConfig { Name = "logs", Path = folder.At(), Include = ["**"] }] };

    private static HubCommandWire Ask(string id, string kind, string? path) => new(id, kind, 7, 60, Infra: new InfraQueryWire("n8n", path is null ? null : "logs", path));

    private static Task<Dictionary<string, CommandResultWire>> ResultsAsync(LinkedDaemon daemon, ScriptedHub hub, params string[] ids) => ResultsAsync(daemon, hub, static _ => { }, ids);

    private static async Task<Dictionary<string, CommandResultWire>> ResultsAsync(LinkedDaemon daemon, ScriptedHub hub, Action<HeldBeat> seen, params string[] ids)
    {
        var ends = new Dictionary<string, CommandResultWire>();
        for (var i = 0; ends.Count < ids.Length; i++)
        {
            Assert.True(i < 200, $"200 heartbeats came, and {string.Join(", ", ids.Except(ends.Keys))} did not end; {daemon.Log}");
            var held = await daemon.NextAsync(hub);
            seen(held);
            foreach (var result in (held.Beat.Results ?? []).Where(r => r.Status is not ("accepted" or "running")))
            {
                ends.TryAdd(result.Id, result);
            }

            held.Ack();
        }

        return ends;
    }
}
