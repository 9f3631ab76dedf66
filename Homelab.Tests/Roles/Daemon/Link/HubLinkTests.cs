using Homelab.Contracts;
using Homelab.Gateway;
using Homelab.Roles.Daemon;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Roles.Daemon.Link;

/// <summary>How a daemon joins hubs and stays with them: credentials, heartbeats, changes, hubs that restart, refuse, die and come back.</summary>
public sealed class HubLinkTests
{
    private const string Model = "sim-small:3b";

    [Fact]
    public async Task A_daemon_joins_once_and_keeps_its_credential_for_itself()
    {
        using var folder = new TemporaryFolder();
        await using var hub = await ScriptedHub.StartAsync();
        await using (var first = await LinkedDaemon.StartAsync([hub.Url], folder: folder))
        {
            var beat = await first.NextAsync(hub);
            Assert.Equal((1, 0, "live", "tower"), (beat.Beat.Sequence, beat.Beat.HoldSeconds, beat.Beat.State, beat.Beat.Name));
            Assert.Equal("Bearer " + ScriptedHub.Credential, beat.Authorization);
            var join = Assert.Single(hub.Joins);
            Assert.Equal((ScriptedHub.Token, first.Facts.NodeId, "tower"), (join.Token, join.NodeId, join.Name));
            Assert.Equal(beat.Beat.NodeId, join.NodeId);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(first.FileOf("hubs.json")));
            }
        }

        await using var second = await LinkedDaemon.StartAsync([hub.Url], folder: folder);
        var again = await second.NextAsync(hub);
        Assert.Equal(("Bearer " + ScriptedHub.Credential, 7L), (again.Authorization, again.Beat.EpochSeen));
        Assert.Single(hub.Joins);
    }

    [Fact]
    public async Task A_hub_that_was_joined_is_reported_to_although_the_configuration_names_none()
    {
        using var folder = new TemporaryFolder();
        await using var hub = await ScriptedHub.StartAsync();
        await using (var first = await LinkedDaemon.StartAsync([hub.Url], folder: folder))
        {
            await first.NextAsync(hub);
        }

        await using var second = await LinkedDaemon.StartAsync([], token: null, folder);
        Assert.Equal("Bearer " + ScriptedHub.Credential, (await second.NextAsync(hub)).Authorization);
    }

    [Fact]
    public async Task Boot_and_access_key_are_new_at_every_start()
    {
        using var folder = new TemporaryFolder();
        await using var hub = await ScriptedHub.StartAsync();
        HeartbeatWire first;
        await using (var daemon = await LinkedDaemon.StartAsync([hub.Url], folder: folder))
        {
            first = (await daemon.NextAsync(hub)).Beat;
        }

        await using var again = await LinkedDaemon.StartAsync([hub.Url], folder: folder);
        var second = (await again.NextAsync(hub)).Beat;

        Assert.Equal(first.NodeId, second.NodeId);
        Assert.NotEqual(first.BootId, second.BootId);
        Assert.NotEqual(first.AccessKey, second.AccessKey);
        Assert.True(first.BootId.Length >= 16 && first.AccessKey.Length >= 32);
    }

    [Fact]
    public async Task The_second_heartbeat_may_be_held_for_about_the_interval_that_the_hub_wants()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        (await daemon.NextAsync(hub)).Ack(ack => ack with { IntervalSeconds = 10 });
        var second = await daemon.NextAsync(hub);

        Assert.Equal(2, second.Beat.Sequence);
        Assert.InRange(second.Beat.HoldSeconds, 8, 12);
        Assert.Equal(("connected", null), (daemon.Links.Reading.State, daemon.Links.Problem));
    }

    [Fact]
    public async Task Without_a_change_there_is_one_heartbeat_at_a_time_even_where_the_hub_does_not_hold_it()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        var began = daemon.Core.Time.GetTimestamp();
        Assert.False(hub.HasNext);
        held.Ack();
        await daemon.NextAsync(hub);

        Assert.True(daemon.Core.Time.GetElapsedTime(began) >= TimeSpan.FromSeconds(held.Beat.HoldSeconds * 0.9), "the next one came before its time");
    }

    [Fact]
    public async Task A_change_is_told_at_once_while_an_older_heartbeat_is_held_and_both_answers_count()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        await daemon.Core.ChatAsync(Model);
        var newer = await daemon.NextAsync(hub);

        Assert.False(held.IsAnswered);
        Assert.Equal(held.Beat.Sequence + 1, newer.Beat.Sequence);
        Assert.Contains(newer.Beat.Replicas, r => r.Model == Model);

        // The older one's answer carries a command, and comes last.
        newer.Ack();
        held.Command(new HubCommandWire("c1", "cancel", 7, 60));
        await daemon.NextAsync(hub, "the result", b => b.Results?.Any(r => r is { Id: "c1", Status: "done" }) == true);
    }

    [Fact]
    public async Task Requests_that_come_and_go_are_no_change()
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

        await daemon.Core.ChatAsync(Model);
        await daemon.Core.ChatAsync(Model);
        await daemon.Core.SettleAsync();
        await daemon.UntilAsync("a second has passed", Passed(daemon, TimeSpan.FromSeconds(1)));

        Assert.False(hub.HasNext);
    }

    [Fact]
    public async Task The_inventory_is_sent_where_the_hub_asks_for_it_and_only_then()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var first = await daemon.NextAsync(hub);
        first.Ack(ack => ack with { SendInventory = true });
        var second = await daemon.NextAsync(hub);
        second.Ack();
        var third = await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(200));

        Assert.Null(first.Beat.Inventory);
        Assert.Contains(second.Beat.Inventory!, m => m.Model == Model);
        Assert.Null(third.Beat.Inventory);
        Assert.NotEmpty(first.Beat.InventoryDigest);
    }

    [Fact]
    public async Task A_hub_that_starts_again_has_a_higher_epoch_which_is_kept_and_its_older_commands_are_stale()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        held.Drop();
        var after = await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(100));
        Assert.Equal(0, after.Beat.HoldSeconds);
        after.Ack(ack => ack with { Epoch = 8, Commands = [new HubCommandWire("old", "load", 7, 60, Model), new HubCommandWire("new", "cancel", 8, 60)] });
        var next = await daemon.NextAsync(hub, "both results", b => b.Results?.Count == 2);

        Assert.Equal(8, next.Beat.EpochSeen);
        Assert.Equal("stale", next.Beat.Results!.Single(r => r.Id == "old").Status);
        Assert.Equal("done", next.Beat.Results!.Single(r => r.Id == "new").Status);
        Assert.Equal(0, daemon.Core.Fake.Counts.Loads);
        Assert.Equal(8, daemon.State.LoadHubs().Hubs[hub.Url].Epoch);
    }

    [Fact]
    public async Task A_machine_that_was_removed_is_told_so_once_and_asks_again_every_minute()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        held.Refuse(401, "invalid_api_key", "the credential was revoked");
        await daemon.UntilAsync("it is refused", () => daemon.Links.Reading.State == "refused");
        var began = daemon.Core.Time.GetTimestamp();
        Assert.Equal(HubState.Unreachable, daemon.Links.State);
        Assert.Contains("the credential was revoked", daemon.Links.Problem, StringComparison.Ordinal);
        Assert.Contains("homelab join-token", daemon.Links.Problem, StringComparison.Ordinal);

        var again = await daemon.NextAsync(hub, TimeSpan.FromSeconds(1));
        Assert.InRange(daemon.Core.Time.GetElapsedTime(began).TotalSeconds, 45, 75);
        again.Refuse(401, "invalid_api_key", "the credential was revoked");
        (await daemon.NextAsync(hub, TimeSpan.FromSeconds(1))).Ack();
        await daemon.UntilAsync("it is let in again", () => daemon.Links.State == HubState.Connected);

        Assert.Single(daemon.Log.Split('\n'), line => line.Contains("does not accept this machine's credential", StringComparison.Ordinal));
        Assert.Single(hub.Joins);
    }

    [Fact]
    public async Task A_new_token_brings_a_removed_machine_back()
    {
        const string fresh = "hl_join_CCCCCCCC_FreshFreshFreshFreshFreshFreshFr";
        using var folder = new TemporaryFolder();
        await using var hub = await ScriptedHub.StartAsync();
        await using (var first = await LinkedDaemon.StartAsync([hub.Url], folder: folder))
        {
            await first.NextAsync(hub);
        }

        hub.GivenCredential = "hl_node_DDDDDDDD_AnotherAnotherAnotherAnotherAnot";
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url], fresh, folder);
        (await daemon.NextAsync(hub)).Refuse(401, "invalid_api_key", "revoked");
        var beat = await daemon.NextAsync(hub);

        Assert.Equal("Bearer " + hub.GivenCredential, beat.Authorization);
        Assert.Equal([ScriptedHub.Token, fresh], hub.Joins.Select(j => j.Token));
        Assert.Equal(hub.GivenCredential, daemon.Links.Upstream!.Credential);
    }

    [Fact]
    public async Task A_copied_disk_is_told_what_to_do_and_an_older_heartbeat_that_was_overtaken_is_no_copy()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        await daemon.Core.ChatAsync(Model);
        var newer = await daemon.NextAsync(hub);
        held.Refuse(409, "stale_heartbeat", "a newer heartbeat came before it");
        newer.Ack();
        var next = await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(100));
        Assert.Equal(HubState.Connected, daemon.Links.State);

        next.Refuse(409, "stale_heartbeat", "another start of this machine reports");
        await daemon.UntilAsync("it is refused", () => daemon.Links.Reading.State == "refused");
        Assert.Contains("the copy of a disk", daemon.Links.Problem, StringComparison.Ordinal);
        Assert.Contains("node.json", daemon.Links.Problem, StringComparison.Ordinal);
        var began = daemon.Core.Time.GetTimestamp();
        await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(500));
        Assert.InRange(daemon.Core.Time.GetElapsedTime(began).TotalSeconds, 20, 40);
    }

    [Fact]
    public async Task A_hub_that_dies_disturbs_nobody_and_is_found_again()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        held.Drop();
        for (var i = 0; i < 3; i++)
        {
            (await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(200))).Drop();
        }

        await daemon.UntilAsync("it is unreachable", () => daemon.Links.Reading.State == "unreachable");
        await daemon.Core.ChatAsync(Model);
        (await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(200))).Ack();
        await daemon.UntilAsync("it is connected", () => daemon.Links.State == HubState.Connected);

        Assert.Equal(["hub.connected", "hub.connected", "hub.joined", "hub.unreachable"], daemon.Core.Events.Since(0).Select(e => e.Type).Where(t => t.StartsWith("hub.", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task A_hub_that_says_nothing_past_the_hold_and_ten_seconds_is_given_up()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        var began = daemon.Core.Time.GetTimestamp();
        await daemon.UntilAsync("it is unreachable", () => daemon.Links.Reading.State == "unreachable", TimeSpan.FromMilliseconds(100));

        Assert.InRange(daemon.Core.Time.GetElapsedTime(began).TotalSeconds, held.Beat.HoldSeconds + 8, held.Beat.HoldSeconds + 15);
    }

    [Fact]
    public async Task Several_hubs_are_all_reported_to_and_the_first_that_answers_takes_what_does_not_fit()
    {
        await using var one = await ScriptedHub.StartAsync();
        await using var two = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([one.Url, two.Url]);
        var first = await daemon.NextAsync(one);
        (await daemon.NextAsync(two)).Ack();
        await daemon.NextAsync(two);
        Assert.Equal(two.Url, daemon.Links.Address);

        first.Ack();
        var held = await daemon.NextAsync(one);
        Assert.Equal(one.Url, daemon.Links.Address);
        Assert.Equal(one.Url + "/", daemon.Links.Upstream!.Pool.Address.ToString());
        held.Drop();
        await daemon.UntilAsync("the second takes over", () => daemon.Links.Address == two.Url);
        Assert.Equal(2, daemon.Links.AccessEntries.Select(e => Convert.ToHexString(e.Hash.AsSpan())).Distinct().Count());
        Assert.All(daemon.Links.AccessEntries, e => Assert.Equal(PrincipalKind.Hub, e.Kind));
    }

    [Fact]
    public async Task The_clusters_models_are_read_where_their_version_is_new_and_kept_while_the_hub_is_away()
    {
        await using var hub = await ScriptedHub.StartAsync();
        hub.Models = [new ModelWire("huge:70b", "hot", 40L << 30, [new ModelNodeWire("big", "hot", 1)], [])];
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        await daemon.UntilAsync("the models are known", () => daemon.Links.Models.IsKnown);
        Assert.True(daemon.Links.Models.Find("huge:70b")!.IsHotElsewhere);

        held.Ack();
        held = await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(200));
        Assert.Equal(["Bearer " + ScriptedHub.Credential], hub.ModelReads);
        hub.Models = [];
        held.Ack(ack => ack with { ModelsVersion = 2 });
        held = await daemon.NextAsync(hub, TimeSpan.FromMilliseconds(200));
        await daemon.UntilAsync("the new list is known", () => daemon.Links.Models.All.IsEmpty);
        Assert.Equal(2, hub.ModelReads.Count);

        held.Drop();
        await daemon.UntilAsync("it is unreachable", () => daemon.Links.State == HubState.Unreachable);
        Assert.True(daemon.Links.Models.IsKnown);
    }

    [Fact]
    public async Task A_daemon_that_shuts_down_says_so_at_once_and_leaves_with_a_last_word()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        await daemon.ConnectAsync(hub);
        daemon.Links.StartDraining();
        var draining = await daemon.NextAsync(hub);
        var leaving = daemon.LeaveAsync();
        var last = await daemon.NextAsync(hub);

        // What is held is answered because the last one came; nothing more is said after it.
        draining.Ack();
        last.Ack();
        await leaving;
        Assert.False(hub.HasNext);

        Assert.Equal("draining", draining.Beat.State);
        Assert.Equal(("leaving", 0, draining.Beat.Sequence + 1), (last.Beat.State, last.Beat.HoldSeconds, last.Beat.Sequence));
    }

    [Fact]
    public async Task A_last_word_that_nobody_hears_does_not_hold_up_the_end()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        await daemon.ConnectAsync(hub);
        var began = daemon.Core.Time.GetTimestamp();
        var leaving = daemon.LeaveAsync();
        await daemon.UntilAsync("it is gone", () => leaving.IsCompleted);
        await leaving;

        Assert.InRange(daemon.Core.Time.GetElapsedTime(began).TotalSeconds, 0, 5);
    }

    [Theory]
    [InlineData(null, "has no join token")]
    [InlineData(ScriptedHub.Token, "this token was used already")]
    public async Task A_machine_that_may_not_join_says_why_and_what_to_do(string? token, string why)
    {
        await using var hub = await ScriptedHub.StartAsync();
        hub.RefusesJoins = "this token was used already";
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url], token);
        await daemon.UntilAsync("it is refused", () => daemon.Links.Reading.State == "refused");

        Assert.Contains(why, daemon.Links.Problem, StringComparison.Ordinal);
        Assert.Contains("homelab join-token", daemon.Links.Problem, StringComparison.Ordinal);
        Assert.Null(daemon.Links.Upstream);
        Assert.False(hub.HasNext);
        await daemon.Core.ChatAsync(Model);
    }

    [Fact]
    public async Task A_start_that_is_for_joining_is_told_of_a_refused_token_and_not_of_a_hub_that_is_down()
    {
        await using var hub = await ScriptedHub.StartAsync();
        hub.RefusesJoins = "no such token";
        await using var refused = await LinkedDaemon.StartAsync([hub.Url], listen: false);
        await using var alone = await LinkedDaemon.StartAsync(["http://127.0.0.1:1"], listen: false);

        var why = await refused.Links.JoinAsync(default);
        Assert.Contains("no such token", why, StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedHub.Token, why, StringComparison.Ordinal);
        Assert.Null(await alone.Links.JoinAsync(default));
        Assert.Equal("unreachable", alone.Links.Reading.State);
    }

    [Fact]
    public async Task What_is_no_hub_is_called_so()
    {
        await using var daemon = await Homelab.Tests.Cli.FakeControlServer.StartAsync();
        await using var linked = await LinkedDaemon.StartAsync([daemon.Address.ToString()], listen: false);

        Assert.NotNull(await linked.Links.JoinAsync(default));
        Assert.Equal("refused", linked.Links.Reading.State);
    }

    [Fact]
    public async Task A_credential_of_another_identity_is_not_used()
    {
        using var folder = new TemporaryFolder();
        await using var hub = await ScriptedHub.StartAsync();
        await using (var first = await LinkedDaemon.StartAsync([hub.Url], folder: folder))
        {
            await first.NextAsync(hub);
            File.Delete(first.FileOf("node.json"));
            File.Delete(first.FileOf("node.json.bak"));
        }

        await using var second = await LinkedDaemon.StartAsync([hub.Url], folder: folder);
        await second.NextAsync(hub);
        Assert.Equal(2, hub.Joins.Select(j => j.NodeId).Distinct().Count());
    }

    [Fact]
    public async Task No_secret_is_ever_logged_announced_or_shown_even_where_the_hub_sends_it_back()
    {
        await using var hub = await ScriptedHub.StartAsync();
        await using var daemon = await LinkedDaemon.StartAsync([hub.Url]);
        var held = await daemon.ConnectAsync(hub);
        var key = held.Beat.AccessKey;
        held.Refuse(401, "invalid_api_key", $"no: {ScriptedHub.Credential} {key} {ScriptedHub.Token}");
        await daemon.UntilAsync("it is refused", () => daemon.Links.Reading.State == "refused");

        Assert.Contains("(hidden)", daemon.Links.Problem, StringComparison.Ordinal);
        foreach (var secret in new[] { ScriptedHub.Credential, ScriptedHub.Token, key })
        {
            Assert.DoesNotContain(secret, daemon.Log + daemon.Events + daemon.Links.Reading + daemon.Links.Upstream, StringComparison.Ordinal);
        }

        Assert.Contains("hub.refused", daemon.Events, StringComparison.Ordinal);
        Assert.DoesNotContain(key, await File.ReadAllTextAsync(daemon.FileOf("hubs.json")), StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedHub.Token, await File.ReadAllTextAsync(daemon.FileOf("hubs.json")), StringComparison.Ordinal);
    }

    private static Func<bool> Passed(LinkedDaemon daemon, TimeSpan span)
    {
        var began = daemon.Core.Time.GetTimestamp();
        return () => daemon.Core.Time.GetElapsedTime(began) >= span;
    }
}
