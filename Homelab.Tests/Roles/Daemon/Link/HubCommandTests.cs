using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Roles.Daemon.Link;

namespace Homelab.Tests.Roles.Daemon.Link;

/// <summary>What a hub commands is done once, in time, within the machine's own rules, and its result is repeated until the hub has it.</summary>
public sealed class HubCommandTests
{
    private const string Model = "sim-small:3b";

    [Fact]
    public async Task A_load_is_accepted_done_and_told()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        (await daemon.ConnectAsync(hub)).Command(Load("c1"));
        var done = await daemon.NextAsync(hub, "the end", IsEnd("c1"));

        var result = Assert.Single(done.Beat.Results!);
        Assert.Equal(("done", Model, "tower", "hot"), (result.Status, result.Result!.Model, result.Result.Node, result.Result.State));
        Assert.Contains(done.Beat.Replicas, r => r is { Model: Model, State: "hot" });
        Assert.Equal(1, daemon.Core.Fake.Counts.Loads);
    }

    [Fact]
    public async Task A_result_is_repeated_until_an_answer_shows_that_it_arrived()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        (await daemon.ConnectAsync(hub)).Command(Load("c1"));
        (await daemon.NextAsync(hub, "the end", IsEnd("c1"))).Drop();
        var again = await daemon.NextAsync(hub, "the end once more", IsEnd("c1"));
        again.Ack();
        var after = await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(200));

        Assert.DoesNotContain(after.Beat.Results ?? [], r => r.Id == "c1");
    }

    [Fact]
    public async Task A_command_that_comes_twice_is_done_once_and_answered_twice()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var pull = new HubCommandWire("p1", "pull", 7, 60, "sim-tiny:1b");
        (await daemon.ConnectAsync(hub)).Command(pull, pull);
        var done = await daemon.NextAsync(hub, "the end", IsEnd("p1"));
        done.Command(pull);
        var again = await daemon.NextAsync(hub, "the same end", IsEnd("p1"));

        Assert.Equal("done", Assert.Single(again.Beat.Results!).Status);
        Assert.Equal(1, daemon.Core.Fake.Count("/api/pull"));
        Assert.Contains(daemon.Core.Loop.Snapshot.Models.Keys, m => m.Value == "sim-tiny:1b");
    }

    [Theory]
    [InlineData("load", 7, 0, "stale", null)]
    [InlineData("load", 7, -5, "stale", null)]
    [InlineData("load", 6, 60, "stale", null)]
    [InlineData("run", 7, 60, "rejected", "invalid_request")]
    [InlineData("", 7, 60, "rejected", "invalid_request")]
    public async Task What_is_too_late_of_an_earlier_epoch_or_unknown_is_not_begun(string kind, long epoch, double deadline, string status, string? code)
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        (await daemon.ConnectAsync(hub)).Command(new HubCommandWire("x", kind, epoch, deadline, Model));
        var next = await daemon.NextAsync(hub, "the answer", IsEnd("x"));

        var result = Assert.Single(next.Beat.Results!);
        Assert.Equal((status, code), (result.Status, result.Code));
        Assert.Equal(0, daemon.Core.Fake.Counts.Loads);
    }

    [Theory]
    [InlineData("load", "nobody:1b", "model_not_found")]
    [InlineData("load", "sim-large:70b", "model_too_large")]
    [InlineData("delete", "nobody:1b", "model_not_found")]
    [InlineData("pull", "no such name!", "invalid_request")]
    [InlineData("pull", "gpt-oss:120b-cloud", "insufficient_permissions")]
    [InlineData("load", "gpt-oss:cloud", "insufficient_permissions")]
    public async Task What_the_machines_own_rules_forbid_fails_with_its_code(string kind, string model, string code)
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        (await daemon.ConnectAsync(hub)).Command(new HubCommandWire("x", kind, 7, 60, model));
        var next = await daemon.NextAsync(hub, "the end", IsEnd("x"));

        var result = Assert.Single(next.Beat.Results!);
        Assert.Equal(("failed", code), (result.Status, result.Code));
        Assert.NotEmpty(result.Message!);
        Assert.Equal(0, daemon.Core.Fake.Count("/api/pull"));
    }

    [Fact]
    public async Task A_model_in_use_is_neither_unloaded_nor_deleted_and_an_idle_one_is()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        HeldBeat next;
        using (var lease = (await daemon.Core.AskAsync(Model)).Lease)
        {
            Assert.NotNull(lease);
            (await daemon.ConnectAsync(hub)).Command(new HubCommandWire("u1", "unload", 7, 60, Model), new HubCommandWire("d1", "delete", 7, 60, Model));
            next = await daemon.NextAsync(hub, "both ends", b => IsEnd("u1")(b) && IsEnd("d1")(b));
            Assert.All(next.Beat.Results!, r => Assert.Equal(("failed", "model_in_use"), (r.Status, r.Code)));
        }

        next.Command(new HubCommandWire("u2", "unload", 7, 60, Model));
        next = await daemon.NextAsync(hub, "the unload", IsEnd("u2"));
        Assert.Equal("done", next.Beat.Results!.Single(r => r.Id == "u2").Status);
        next.Command(new HubCommandWire("d2", "delete", 7, 60, Model));
        next = await daemon.NextAsync(hub, "the deletion", IsEnd("d2"));
        Assert.Equal(("done", "deleted"), (next.Beat.Results!.Single(r => r.Id == "d2").Status, next.Beat.Results!.Single(r => r.Id == "d2").Result!.Message));
        Assert.Null(daemon.Core.Fake.Server.State.Library.Find(Model));
    }

    [Fact]
    public async Task A_command_that_runs_can_be_given_up()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        daemon.Core.Fake.Faults.HoldLoads();
        held.Command(Load("c1"));
        await daemon.UntilAsync("the load was sent", () => daemon.Core.StateOf(Model) == ModelState.Loading);
        var next = await daemon.NextAsync(hub);
        next.Command(new HubCommandWire("stop", "cancel", 7, 60, Target: "c1"), new HubCommandWire("none", "cancel", 7, 60, Target: "c9"));
        next = await daemon.NextAsync(hub, "its end", b => IsEnd("c1")(b) && IsEnd("stop")(b));

        Assert.Equal(("failed", "cancelled"), (next.Beat.Results!.Single(r => r.Id == "c1").Status, next.Beat.Results!.Single(r => r.Id == "c1").Code));
        Assert.All(next.Beat.Results!.Where(r => r.Id is "stop" or "none"), r => Assert.Equal("done", r.Status));
    }

    [Fact]
    public async Task A_long_load_tells_about_once_a_second_how_far_it_is()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        daemon.Core.Fake.Faults.HoldLoads();
        held.Command(Load("c1"));
        await daemon.UntilAsync("the load was sent", () => daemon.Core.StateOf(Model) == ModelState.Loading);
        daemon.Core.Loop.ReportProgress();
        var running = await daemon.NextAsync(hub, "progress", b => b.Results?.Any(r => r is { Id: "c1", Status: "running" }) == true);
        var began = daemon.Core.Time.GetTimestamp();
        running.Ack();
        await daemon.NextAsync(hub, "progress", b => b.Results?.Any(r => r is { Id: "c1", Status: "running" }) == true);

        Assert.NotNull(running.Beat.Results!.Single(r => r.Id == "c1").Progress);
        Assert.Contains(running.Beat.Replicas, r => r is { Model: Model, State: "loading", RemainingLoadSeconds: not null });
        Assert.True(daemon.Core.Time.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(700));
    }

    [Fact]
    public async Task Requests_at_the_exposed_engine_keep_their_replica_until_the_hub_says_that_they_ended()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        await daemon.Core.ChatAsync(Model);
        var held = await daemon.ConnectAsync(hub);
        while (hub.HasNext)
        {
            held.Ack();
            held = await daemon.NextAsync(hub);
        }

        var gate = daemon.Core.Loop.Model(ModelName.Parse(Model)).Gate;
        held.Ack(ack => ack with { Leases = [new ModelLeasesWire(Model, 2), new ModelLeasesWire("!", 1)] });
        held = await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(200));
        Assert.Equal(2, gate.Leases);
        held.Ack();
        await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, gate.Leases);
    }

    [Fact]
    public async Task Commands_are_remembered_for_an_hour_and_their_number_is_bounded()
    {
        await using var daemon = await LinkedDaemon.StartAsync(["http://127.0.0.1:1"], listen: false);
        var executor = new CommandExecutor(daemon.Core.Operations, daemon.Infra, TimeSpan.FromMinutes(10), allowCloud: false, daemon.Core.Time, () => { }, CancellationToken.None);
        HubCommandWire Unknown(int i) => new($"c{i}", "run", 7, 60);

        Assert.True(executor.Take([Unknown(0)], 7));
        daemon.Core.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.False(executor.Take([Unknown(0)], 7));
        daemon.Core.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(executor.Take([Unknown(0)], 7));
        executor.ResultsFor(1);
        executor.Heard(1);
        Assert.Empty(executor.ResultsFor(2));

        for (var i = 1; i <= CommandExecutor.Most + 10; i++)
        {
            executor.Take([Unknown(i)], 7);
        }

        Assert.False(executor.Take([Unknown(CommandExecutor.Most)], 7));
        Assert.True(executor.Take([Unknown(0)], 7));
        Assert.InRange(executor.ResultsFor(3).Count, 1, 256);
    }

    private static HubCommandWire Load(string id) => new(id, "load", 7, 60, Model);

    private static Func<HeartbeatWire, bool> IsEnd(string id) =>
        beat => beat.Results?.Any(r => r.Id == id && r.Status is not ("accepted" or "running")) == true;
}
