using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Tests.Domain.Models;

namespace Homelab.Tests.Domain.Residency;

/// <summary><c>models fit</c>: whether a model would be loaded, where, and with what context.</summary>
public sealed class FitPlannerTests
{
    private static GgufFacts Llama => KnownModels.All["llama3.1:8b"];

    [Fact]
    public void Model_that_fits_beside_what_is_there_lies_whole_on_one_gpu()
    {
        var node = Node();

        var fit = Fit(node, 8_192);

        Assert.Equal(FitVerdict.Beside, fit.Verdict);
        var share = Assert.Single(fit.Shares);
        Assert.Equal(("gpu0", 33), (share.Device, share.Layers));
        Assert.Equal(fit.Terms.Estimate.Uncorrected, share.Total.Bytes, 2.0);
    }

    [Fact]
    public void Largest_context_is_the_last_with_which_the_same_question_is_answered_yes()
    {
        var node = Node(10);

        var largest = Fit(node, null).LargestAlone!.Value;

        Assert.InRange(largest, 4_096, Llama.TrainedContext - 1);
        Assert.NotEqual(FitVerdict.Never, Fit(node, largest).Verdict);
        Assert.Equal(FitVerdict.Never, Fit(node, largest + 256).Verdict);
    }

    [Fact]
    public void Idle_replicas_are_counted_as_gone_in_one_answer_and_as_there_in_the_other()
    {
        var node = Node(20).Installed("idle", 12).Started().Hot("idle");

        var fit = Fit(node, 8_192);

        Assert.Equal(FitVerdict.AfterEvicting, Fit(node, 32_768).Verdict);
        Assert.Equal(FitVerdict.Beside, fit.Verdict);
        Assert.InRange(fit.LargestBeside!.Value, 8_192, 24_576);
        Assert.True(fit.LargestAlone > fit.LargestBeside);
        Assert.Equal(20L << 30, Assert.Single(Fit(node, 32_768).Free).Free.Bytes);
    }

    [Fact]
    public void Pinned_replicas_go_only_by_hand()
    {
        var name = Scheduler.Name("pinned");
        var node = new Scheduler(20, p => p with { Models = p.Models.SetItem(name, p.DefaultModel with { Protect = true }) }).Installed("pinned", 12).Started().Hot("pinned");
        Know(node);

        Assert.Equal(FitVerdict.AfterUnloadingProtected, Fit(node, 32_768).Verdict);
    }

    [Fact]
    public void Model_that_is_in_memory_says_so_and_its_own_room_counts_for_it()
    {
        var node = Node(8);
        node.Ask("a");
        node.LoadSucceeds("a");

        var fit = Fit(node, null);

        Assert.Equal(FitVerdict.Loaded, fit.Verdict);
        Assert.Equal(fit.LargestAlone, fit.LargestBeside);
        Assert.Equal(FitVerdict.Never, Fit(node, 131_072).Verdict);
    }

    [Fact]
    public void What_does_not_fit_the_gpu_is_split_with_main_memory_where_that_is_allowed()
    {
        var node = new Scheduler(4, p => p with { AllowCpuOffload = true });
        node.Devices = node.Devices.Add(new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(32), ByteSize.FromGibibytes(32)));
        node.Installed("a", 5).Started();
        Know(node);

        var fit = Fit(node, 8_192);

        Assert.Equal(FitVerdict.Beside, fit.Verdict);
        Assert.Equal(["gpu0", "ram"], fit.Shares.Select(s => s.Device));
        Assert.Equal(33, fit.Shares.Sum(s => s.Layers));
        Assert.True(fit.Shares[0].Total.Bytes * fit.Terms.Estimate.Correction <= 4L << 30);
        Assert.InRange(fit.Shares[0].Layers, 15, 28);
    }

    [Fact]
    public void Model_of_which_only_the_size_is_known_has_no_contexts_to_tell()
    {
        var node = new Scheduler().Installed("a", 5).Started();

        var fit = Fit(node, null);

        Assert.Equal((FitVerdict.Beside, null, null, true), (fit.Verdict, fit.LargestBeside, fit.LargestAlone, fit.Shares.IsEmpty));
    }

    private static Scheduler Node(long gibibytes = 24)
    {
        var node = new Scheduler(gibibytes).Installed("a", 5).Started();
        Know(node);
        return node;
    }

    private static void Know(Scheduler node)
    {
        if (!node.Disk.ContainsKey(Scheduler.Name("a")))
        {
            node.Installed("a", 5).Started();
        }

        node.Apply(new ResidencyEvent.ModelInspected(Scheduler.Name("a"), "digest-of-a", Llama));
    }

    private static ModelFit Fit(Scheduler node, int? context) => FitPlanner.Of(node.Snapshot, node.Snapshot.Models[Scheduler.Name("a")], context);
}
