using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>Apps beside models: one budget, one queue, one set of rules; and what only apps have: files, processes that end, manifests that change.</summary>
public sealed class AppTests
{
    [Fact]
    public void Name_of_an_app_is_no_models_name()
    {
        Assert.True(ModelName.TryParse("Apps/Stem-Worker", out var app));
        Assert.Equal((true, "apps/stem-worker", "stem-worker"), (app.IsApp, app.Value, app.AppName));
        Assert.Equal(ModelName.OfApp("stem-worker"), app);
        Assert.False(Scheduler.Name("apps/stem-worker:latest").IsApp);
        Assert.False(Scheduler.Name("apps").IsApp);
        Assert.NotEqual(app, Scheduler.Name("apps/stem-worker:latest"));
    }

    [Fact]
    public void App_starts_on_demand_and_all_who_ask_share_one_start()
    {
        var node = new Scheduler().App("stem", 4).Started();
        var requests = Enumerable.Range(0, 200).Select(i => node.Ask("apps/stem", "p" + (i % 7))).ToArray();
        var load = Assert.Single(node.Loads);
        Assert.Equal(Gib(4), Phrases.Sum(load.Allocation));
        node.LoadSucceeds("apps/stem", 3);
        Assert.All(requests, r => Assert.True(r.IsRunning));
        Assert.Equal(1, node.Count<ResidencyEffect.StartLoad>("apps/stem"));
        Assert.Contains(node.Announcements, a => a.Type == "app.started");
    }

    [Fact]
    public void Files_come_before_memory()
    {
        var node = new Scheduler { AnswersInspections = false }.Installed("model", 20).Started();
        node.AnswersInspections = true;
        node.Hot("model");
        node.AnswersInspections = false;
        node.App("stem", 10);
        var request = node.Ask("apps/stem");
        node.Wait(30);
        Assert.Empty(node.Unloads);
        Assert.Equal(ModelState.Hot, node.State("model"));
        node.Prepared("apps/stem");
        Assert.Equal("model:latest", Assert.Single(node.Unloads).Model.Value);
        node.UnloadEnds("model");
        node.LoadSucceeds("apps/stem", 2);
        Assert.True(request.IsRunning);
    }

    [Fact]
    public void Files_that_cannot_be_had_are_told_to_those_who_wait()
    {
        var node = new Scheduler { AnswersInspections = false }.App("stem", 4).Started();
        var request = node.Ask("apps/stem");
        node.Prepared("apps/stem", "https://example.org/x answers 404");
        Assert.Equal(RefusalReason.LoadFailed, request.Refusal!.Reason);
        Assert.Contains("answers 404", request.Refusal.Message, StringComparison.Ordinal);
        Assert.Empty(node.Loads);
        var early = node.Ask("apps/stem");
        Assert.Contains("answers 404", early.Refusal!.Message, StringComparison.Ordinal);
        node.Wait(2);
        node.Ask("apps/stem");
        Assert.Single(node.Inspections);
    }

    [Fact]
    public void Idle_model_makes_room_for_an_app_and_an_idle_app_for_a_model()
    {
        var node = new Scheduler().Installed("model", 20).App("stem", 10).Started().Hot("model");
        var first = node.Ask("apps/stem");
        node.UnloadEnds("model");
        node.LoadSucceeds("apps/stem", 2);
        node.End(first);
        node.Wait(60);
        var second = node.Ask("model");
        Assert.Equal("apps/stem", Assert.Single(node.Unloads).Model.Value);
        node.UnloadEnds("apps/stem");
        node.LoadSucceeds("model", 2);
        Assert.True(second.IsRunning);
    }

    [Fact]
    public void App_in_use_is_never_evicted()
    {
        var node = new Scheduler().Installed("model", 20).App("stem", 10).Started();
        var use = node.Ask("apps/stem");
        node.LoadSucceeds("apps/stem", 2);
        node.Ask("model", patience: TimeSpan.FromMinutes(30));
        node.Wait(600);
        Assert.Empty(node.Unloads);
        node.End(use);
        Assert.Equal("apps/stem", Assert.Single(node.Unloads).Model.Value);
    }

    [Fact]
    public void App_takes_no_place_of_the_engines()
    {
        var node = new Scheduler { Limits = new EngineLimits(1, null, true) }.Installed("model", 4).App("a", 2).App("b", 2).Started().Hot("apps/a", "apps/b", "model");
        Assert.All(["apps/a", "apps/b", "model"], m => Assert.Equal(ModelState.Hot, node.State(m)));
        Assert.Equal(1, NodeRoom.Decided(node.Snapshot).Replicas);
    }

    [Fact]
    public void Evicting_an_app_gives_no_place_in_the_engine()
    {
        var node = new Scheduler { Limits = new EngineLimits(1, null, false) }.Installed("a", 4).Installed("b", 4).App("stem", 4).Started().Hot("apps/stem", "a");
        node.Ask("b");
        Assert.Equal("a:latest", Assert.Single(node.Unloads).Model.Value);
    }

    [Fact]
    public void App_runs_while_the_engine_is_down()
    {
        var node = new Scheduler().App("stem", 4, idleSeconds: 30);
        node.Probe();
        node.Lose();
        var request = node.Ask("apps/stem");
        node.LoadSucceeds("apps/stem", 1);
        Assert.True(request.IsRunning);
        node.Lose();
        Assert.Equal(ModelState.Leased, node.State("apps/stem"));
        node.End(request);
        node.Wait(31);
        Assert.Equal("apps/stem", Assert.Single(node.Unloads).Model.Value);
    }

    [Fact]
    public void Engine_that_lists_no_app_changes_none()
    {
        var node = new Scheduler().App("stem", 4).Started().Hot("apps/stem");
        node.Observe();
        node.Observe();
        node.Observe();
        Assert.Equal(ModelState.Hot, node.State("apps/stem"));
        Assert.NotNull(node.Snapshot.Models[Scheduler.Name("apps/stem")].Installed);
    }

    [Fact]
    public void Idle_app_is_stopped_after_its_own_time()
    {
        var node = new Scheduler().App("stem", 4, idleSeconds: 90).Started();
        node.End(Start(node));
        node.Wait(89);
        Assert.Empty(node.Unloads);
        node.Wait(2);
        Assert.Single(node.Unloads);
        node.UnloadEnds("apps/stem");
        Assert.Equal(ModelState.OnDisk, node.State("apps/stem"));
        Assert.Contains(node.Announcements, a => a.Type == "app.stopped");
    }

    [Fact]
    public void Changed_manifest_takes_effect_when_the_app_is_next_idle()
    {
        var node = new Scheduler().App("stem", 4).Started();
        var (first, second) = (Start(node), node.Ask("apps/stem"));
        node.App("stem", 6, digest: "2");
        var third = node.Ask("apps/stem");
        Assert.True(third.IsRunning, "who comes meanwhile is served by what runs");
        node.End(first);
        node.End(second);
        Assert.Empty(node.Unloads);
        node.End(third);
        node.Wait(1);
        Assert.Single(node.Unloads);
        node.UnloadEnds("apps/stem");
        node.Ask("apps/stem");
        Assert.Equal(Gib(6), Phrases.Sum(Assert.Single(node.Loads).Allocation));
    }

    [Fact]
    public void Manifest_that_is_found_again_unchanged_stops_nothing()
    {
        var node = new Scheduler().App("stem", 4).Started().Hot("apps/stem");
        node.App("stem", 4);
        node.Wait(5);
        Assert.Empty(node.Unloads);
    }

    [Fact]
    public void Removed_manifest_stops_the_app_and_takes_no_newcomers()
    {
        var node = new Scheduler().App("stem", 4).Started();
        var use = Start(node);
        node.NoApp("stem");
        var late = node.Ask("apps/stem");
        Assert.Equal(RefusalReason.ModelNotFound, late.Refusal!.Reason);
        Assert.Contains("there is no app 'stem'", late.Refusal.Message, StringComparison.Ordinal);
        Assert.Empty(node.Unloads);
        node.End(use);
        Assert.Single(node.Unloads);
        node.UnloadEnds("apps/stem");
        Assert.DoesNotContain(Scheduler.Name("apps/stem"), node.Snapshot.Models.Keys);
    }

    [Fact]
    public void Manifest_removed_while_its_app_starts_gives_the_start_up()
    {
        var node = new Scheduler().App("stem", 4).Started();
        var request = node.Ask("apps/stem");
        node.NoApp("stem");
        Assert.Equal(RefusalReason.ModelNotFound, request.Refusal!.Reason);
        Assert.Equal(1, node.Count<ResidencyEffect.CancelLoad>("apps/stem"));
        node.LoadFails("apps/stem", LoadFailure.Cancelled, "");
        Assert.DoesNotContain(Scheduler.Name("apps/stem"), node.Snapshot.Models.Keys);
    }

    [Fact]
    public void App_that_ends_at_its_start_is_tried_again_while_it_is_wanted_and_then_has_failed()
    {
        var node = new Scheduler().App("stem", 4).Started();
        var request = node.Ask("apps/stem");
        double[] pauses = [1, 2, 4];
        foreach (var pause in pauses)
        {
            node.LoadFails("apps/stem", LoadFailure.Engine, "exit code 1: no such model");
            Assert.True(request.IsWaiting);
            node.Wait(pause - 0.5);
            Assert.Empty(node.Loads);
            node.Wait(0.5);
            Assert.Single(node.Loads);
        }

        node.LoadFails("apps/stem", LoadFailure.Engine, "exit code 1: no such model");
        Assert.Equal(RefusalReason.LoadFailed, request.Refusal!.Reason);
        Assert.Contains("no such model", request.Refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ModelState.Failed, node.State("apps/stem"));
        Assert.Contains("4 failures in a row", node.Ask("apps/stem").Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void App_that_fails_while_nobody_wants_it_is_left_alone()
    {
        var node = new Scheduler().App("stem", 4).Started();
        node.End(Start(node));
        node.Exits("apps/stem");
        node.Wait(120);
        Assert.Empty(node.Loads);
        Assert.Equal(ModelState.OnDisk, node.State("apps/stem"));
    }

    [Fact]
    public void App_that_ends_while_it_serves_frees_its_memory_and_starts_again_for_who_comes()
    {
        var node = new Scheduler().Installed("model", 22).App("stem", 4).Started();
        var use = Start(node);
        node.Exits("apps/stem", "killed by signal 11");
        node.Ask("model");
        Assert.Single(node.Loads);
        node.LoadSucceeds("model");
        node.Quiesce();
        Assert.False(use.IsRunning);
        var again = node.Ask("apps/stem");
        node.Quiesce();
        Assert.True(again.IsGranted);
        Assert.Contains(node.Announcements, a => a.Type == "app.exited" && a.Message.Contains("killed by signal 11", StringComparison.Ordinal));
    }

    [Fact]
    public void App_that_ends_soon_after_each_start_has_failed_in_the_end_and_one_that_ran_long_has_not()
    {
        var node = new Scheduler().App("stem", 4).Started();
        for (var i = 0; i < AppRestarts.MostTries; i++)
        {
            Assert.True(Start(node).IsRunning);
            node.Exits("apps/stem");
            node.End(node.Requests.Single(r => r.IsRunning));
            node.Jump(i + 1 < AppRestarts.MostTries ? 10 : 0);
        }

        Assert.NotNull(node.Ask("apps/stem").Refusal);

        var sound = new Scheduler().App("stem", 4).Started();
        for (var i = 0; i < 10; i++)
        {
            var use = Start(sound);
            sound.Wait(AppRestarts.Stable.TotalSeconds + 1);
            sound.Exits("apps/stem");
            sound.End(use);
            sound.Jump(2);
        }

        Assert.Null(sound.Ask("apps/stem").Refusal);
    }

    [Fact]
    public void Operator_starts_a_failed_app_at_once()
    {
        var node = new Scheduler().App("stem", 4).Started();
        node.Ask("apps/stem");
        node.LoadFails("apps/stem", LoadFailure.Unstartable, "no such program");
        Assert.NotNull(node.Ask("apps/stem").Refusal);
        Assert.Null(node.Ask("apps/stem", isOperator: true).Refusal);
        Assert.Single(node.Loads);
    }

    [Fact]
    public void End_of_an_earlier_run_says_nothing_of_this_one()
    {
        var node = new Scheduler().App("stem", 4).Started().Hot("apps/stem");
        node.Apply(new ResidencyEvent.AppExited(Scheduler.Name("apps/stem"), 0, "old"));
        Assert.Equal(ModelState.Hot, node.State("apps/stem"));
    }

    [Fact]
    public void App_that_no_node_could_hold_is_refused_naming_its_manifest()
    {
        var node = new Scheduler().App("stem", 40).Started();
        var refusal = node.Ask("apps/stem").Refusal!;
        Assert.Equal(RefusalReason.ModelTooLarge, refusal.Reason);
        Assert.Contains("in its manifest", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 2, "gpu0:4 ram:2")]
    [InlineData(0, 2, "ram:2")]
    [InlineData(4, 0, "gpu0:4")]
    [InlineData(0, 0, "")]
    [InlineData(20, 0, "gpu1:20")]
    [InlineData(30, 1, "gpu0:10 gpu1:20 ram:1")]
    [InlineData(40, 0, null)]
    [InlineData(1, 65, null)]
    public void Memory_lies_where_the_manifest_says(int vram, int ram, string? expected)
    {
        DeviceRoom[] rooms = [new("gpu0", DeviceKind.Cuda, Gib(12)), new("gpu1", DeviceKind.Cuda, Gib(24)), new("ram", DeviceKind.Ram, Gib(64))];
        var place = DeviceFit.TryPlace(rooms, new AppTerms(Gib(vram), Gib(ram), TimeSpan.Zero).Estimate, allowCpuOffload: true);
        Assert.Equal(expected, place is { } parts ? string.Join(' ', parts.Select(p => $"{p.Device}:{p.Bytes.Bytes >> 30}")) : null);
    }

    [Fact]
    public void Memory_for_a_gpu_comes_from_main_memory_where_there_is_none()
    {
        var terms = new AppTerms(Gib(4), Gib(2), TimeSpan.Zero);
        var place = DeviceFit.TryPlace([new DeviceRoom("ram", DeviceKind.Ram, Gib(6))], terms.Estimate, allowCpuOffload: false);
        Assert.Equal(Gib(6), Assert.Single(place!.Value).Bytes);
        Assert.Null(DeviceFit.TryPlace([new DeviceRoom("ram", DeviceKind.Ram, Gib(5))], terms.Estimate, allowCpuOffload: false));
    }

    private static Request Start(Scheduler node)
    {
        var request = node.Ask("apps/stem");
        node.LoadSucceeds("apps/stem", 1);
        return request;
    }

    private static ByteSize Gib(int number) => ByteSize.FromGibibytes(number);
}
