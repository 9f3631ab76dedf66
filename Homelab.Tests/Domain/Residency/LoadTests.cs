using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Tests.Domain.Models;

namespace Homelab.Tests.Domain.Residency;

/// <summary>Loads: refused at once, abandoned, failed, and what they teach.</summary>
public sealed class LoadTests
{
    [Fact]
    public void A_model_too_large_for_an_empty_node_is_refused_at_once_with_need_and_largest_budget()
    {
        var node = new Scheduler().Installed("huge", 40).Installed("a", 20).Started().Hot("a");
        var request = node.Ask("huge");
        Assert.Equal(RefusalReason.ModelTooLarge, request.Refusal?.Reason);
        Assert.Contains("40 GiB", request.Refusal!.Message, StringComparison.Ordinal);
        Assert.Contains("24 GiB", request.Refusal.Message, StringComparison.Ordinal);
        Assert.Null(request.Refusal.RetryAfter);
        Assert.Equal(ModelState.Hot, node.State("a"));
    }

    [Fact]
    public void Metadata_is_read_first_and_a_file_that_cannot_be_read_is_judged_by_its_size()
    {
        var node = new Scheduler { AnswersInspections = false }.Installed("a", 8).Started();
        node.Ask("a");
        node.Ask("a");
        Assert.Equal(1, node.Count<ResidencyEffect.Inspect>("a"));
        Assert.Empty(node.Loads);
        node.Inspected("a", null);
        Assert.Single(node.Loads);
    }

    [Fact]
    public void A_load_that_nobody_waits_for_is_cancelled_after_a_grace_when_it_is_not_half_done()
    {
        var node = new Scheduler(policy: p => p with { AssumedLoadRate = ByteSize.FromMebibytes(20) }).Installed("a", 8).Started();
        node.Leave(node.Ask("a"));
        node.Wait(29);
        Assert.Equal(0, node.Count<ResidencyEffect.CancelLoad>("a"));
        node.Wait(30);
        Assert.Equal(1, node.Count<ResidencyEffect.CancelLoad>("a"));
        node.LoadFails("a", LoadFailure.Cancelled);
        Assert.Equal(ModelState.OnDisk, node.State("a"));
        Assert.Null(node.Snapshot.Models[Scheduler.Name("a")].Failure);
    }

    [Fact]
    public void A_load_that_nobody_waits_for_but_is_more_than_half_done_is_finished()
    {
        var node = new Scheduler(policy: p => p with { AssumedLoadRate = ByteSize.FromMebibytes(200) }).Installed("a", 8).Started();
        node.Leave(node.Ask("a"));
        node.Wait(60);
        Assert.Equal(0, node.Count<ResidencyEffect.CancelLoad>("a"));
        node.LoadSucceeds("a");
        Assert.True(node.Ask("a").IsGranted);
    }

    [Fact]
    public void Who_comes_while_a_load_is_being_cancelled_gets_a_new_one()
    {
        var node = new Scheduler(policy: p => p with { AssumedLoadRate = ByteSize.FromMebibytes(20) }).Installed("a", 8).Started();
        node.Leave(node.Ask("a"));
        node.Wait(60);
        var late = node.Ask("a");
        node.LoadFails("a", LoadFailure.Cancelled);
        node.LoadSucceeds("a");
        Assert.True(late.IsGranted);
    }

    [Fact]
    public void A_load_that_fails_again_and_again_is_tried_less_and_less_often()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        var pauses = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            node.Ask("a");
            node.LoadFails("a", LoadFailure.Engine, "the runner has terminated");
            var pause = node.Snapshot.Models[Scheduler.Name("a")].Failure!.RetryAt - node.Now;
            pauses.Add(pause.TotalSeconds);
            node.Jump(pause.TotalSeconds);
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 300, 300, 300], pauses);
        node.Ask("a");
        node.LoadSucceeds("a");
        Assert.Null(node.Snapshot.Models[Scheduler.Name("a")].Failure);
    }

    [Theory]
    [InlineData(LoadFailure.Engine, "LoadFailed")]
    [InlineData(LoadFailure.OutOfMemory, "LoadFailed")]
    [InlineData(LoadFailure.TimedOut, "LoadTimeout")]
    [InlineData(LoadFailure.EngineDown, "EngineDown")]
    [InlineData(LoadFailure.NotInstalled, "ModelNotFound")]
    internal void Each_kind_of_failure_has_its_refusal(LoadFailure kind, string reason)
    {
        var node = new Scheduler().Installed("a", 8).Started();
        var request = node.Ask("a");
        node.LoadFails("a", kind);
        if (kind == LoadFailure.OutOfMemory)
        {
            node.LoadFails("a", kind);
        }

        Assert.Equal(reason, request.Refusal?.Reason.ToString());
    }

    [Fact]
    public void A_load_that_runs_out_of_memory_is_reckoned_with_more_and_tried_again_once_something_idle_is_gone()
    {
        var node = new Scheduler().Installed("a", 8).Installed("idle", 4).Started().Hot("idle");
        var request = node.Ask("a");
        var before = Terms(node, "a").Estimate.Total;
        Assert.Empty(node.Unloads);

        node.LoadFails("a", LoadFailure.OutOfMemory, "cudaMalloc failed");

        Assert.Null(request.Refusal);
        Assert.Equal(before.Bytes * EstimateCorrections.RaisedBy, Terms(node, "a").Estimate.Total.Bytes, 2.0);
        Assert.Same(node.Snapshot.Corrections, node.Effects.OfType<ResidencyEffect.SaveCorrections>().Last().Corrections);
        Assert.Contains(node.Announcements, a => a.Type == AnnouncementTypes.ModelLoadRetried && a.Message.Contains("8 GiB", StringComparison.Ordinal));
        node.UnloadEnds("idle");
        node.LoadSucceeds("a");
        Assert.True(request.IsGranted);
        Assert.False(node.Snapshot.Models[Scheduler.Name("a")].MakesRoom);
    }

    [Fact]
    public void A_load_that_runs_out_of_memory_twice_is_refused_with_what_to_do()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        var request = node.Ask("a");

        node.LoadFails("a", LoadFailure.OutOfMemory, "cudaMalloc failed");
        Assert.Null(request.Refusal);
        node.LoadFails("a", LoadFailure.OutOfMemory, "cudaMalloc failed");

        Assert.Equal(RefusalReason.LoadFailed, request.Refusal!.Reason);
        Assert.Contains("ran out of memory: cudaMalloc failed (twice, the second time with more room); free memory there, or use a shorter context", request.Refusal.Message);
        Assert.Equal(1, node.Snapshot.Models[Scheduler.Name("a")].Failure!.Attempts);
    }

    [Fact]
    public void An_estimate_is_never_raised_beyond_what_an_empty_node_holds()
    {
        var node = new Scheduler().Installed("a", 23).Started();
        node.Ask("a");
        var before = Terms(node, "a").Estimate.Total;

        node.LoadFails("a", LoadFailure.OutOfMemory);

        Assert.Equal(before, Terms(node, "a").Estimate.Total);
        node.LoadSucceeds("a");
        Assert.Equal(ModelState.Leased, node.Snapshot.Models[Scheduler.Name("a")].State);
    }

    [Fact]
    public void A_measured_load_corrects_estimate_allocation_and_rate()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        node.Ask("a");
        var name = Scheduler.Name("a");
        node.LoadSucceeds("a", 4, new LoadedModel(name, ByteSize.FromGibibytes(9), ByteSize.FromGibibytes(9), 4096, false));

        Assert.Equal(ByteSize.FromGibibytes(9), Phrases.Sum(node.Snapshot.Models[name].Replica!.Allocation));
        Assert.Equal(ByteSize.FromGibibytes(9), LoadTerms.Of(node.Snapshot, node.Snapshot.Models[name]).Estimate.Total);
        Assert.Equal(ByteSize.FromGibibytes(2), node.Snapshot.MeasuredLoadRate);
        Assert.Same(node.Snapshot.Corrections, Assert.Single(node.Effects.OfType<ResidencyEffect.SaveCorrections>()).Corrections);
    }

    [Fact]
    public void Metadata_is_taken_in_whoever_asked_for_it_unless_the_model_is_another_one_by_now()
    {
        var node = new Scheduler().Installed("a", 5).Started();
        var (name, facts) = (Scheduler.Name("a"), KnownModels.All["llama3.1:8b"]);
        node.Apply(new ResidencyEvent.ModelInspected(name, "digest-of-former", facts));
        Assert.Null(node.Snapshot.Models[name].Facts);
        node.Apply(new ResidencyEvent.ModelInspected(name, "digest-of-a", facts));
        Assert.Same(facts, node.Snapshot.Models[name].Facts);
    }

    /// <summary>An Ollama of somebody else with OLLAMA_CONTEXT_LENGTH=8192: nothing but a load shows it.</summary>
    [Fact]
    public void The_context_that_the_engine_really_gave_is_expected_of_the_next_load_and_what_it_fell_back_to_is_not()
    {
        var facts = KnownModels.All["llama3.1:8b"];
        var node = new Scheduler(policy: p => p with { DefaultModel = p.DefaultModel with { Context = 0 } }) { AnswersInspections = false }.Installed("a", 5).Installed("b", 5).Started();
        node.Ask("a");
        node.Inspected("a", facts);
        Assert.Equal(32_768, Terms(node, "a").Resolved.Context);
        node.LoadSucceeds("a", 4, new LoadedModel(Scheduler.Name("a"), ByteSize.FromGibibytes(6), ByteSize.FromGibibytes(6), 8_192, false));
        Assert.Equal((8_192, ByteSize.FromGibibytes(6)), (Terms(node, "a").Resolved.Context, Terms(node, "a").Estimate.Total));

        node.Ask("b");
        node.Inspected("b", facts);
        Assert.Equal(8_192, Terms(node, "b").Resolved.Context);
        node.LoadSucceeds("b", 4, new LoadedModel(Scheduler.Name("b"), ByteSize.FromGibibytes(6), ByteSize.FromGibibytes(6), 4_096, false));
        Assert.Equal(8_192, Terms(node, "b").Resolved.Context);
    }

    [Fact]
    public void A_result_with_another_id_is_stale_and_changes_nothing()
    {
        var node = new Scheduler().Installed("a", 8).Started();
        var request = node.Ask("a");
        node.Apply(new ResidencyEvent.LoadSucceeded(Scheduler.Name("a"), 999, null, TimeSpan.FromSeconds(1)));
        node.Apply(new ResidencyEvent.LoadFailed(Scheduler.Name("a"), 999, LoadFailure.Engine, "old"));
        Assert.True(request.IsWaiting);
        Assert.Equal(ModelState.Loading, node.State("a"));
    }

    private static LoadTerms Terms(Scheduler node, string model) => LoadTerms.Of(node.Snapshot, node.Snapshot.Models[Scheduler.Name(model)]);
}
