using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>An engine that runs out of memory although the estimate said that there is enough.</summary>
public sealed class MemoryRetryTests
{
    private const string OutOfMemory = "llama-server process has terminated: cudaMalloc failed: out of memory";

    [Fact]
    public async Task Caller_never_knows_of_a_load_that_ran_out_of_memory_once()
    {
        await using var core = await StartAsync();
        await core.ChatAsync("idle:1b");
        core.Fake.Faults.FailNextLoad(OutOfMemory);

        await core.ChatAsync("wanted:1b");

        Assert.Equal(["wanted:1b"], core.Fake.Loaded);
        Assert.Equal(0, core.Fake.Counts.Evictions);
        var record = core.Loop.Snapshot.Models[ModelName.Parse("wanted:1b")];
        Assert.Equal((false, null), (record.MakesRoom, record.Failure));
        Assert.Equal("measured", LoadTerms.Of(core.Loop.Snapshot, record).Estimate.Basis);
    }

    [Fact]
    public async Task Caller_is_told_plainly_where_the_second_try_runs_out_of_memory_too()
    {
        await using var core = await StartAsync();
        core.Fake.Faults.FailNextLoad(OutOfMemory);
        core.Fake.Faults.FailNextLoad(OutOfMemory);

        var (lease, refusal) = await core.AskAsync("wanted:1b").WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

        Assert.Null(lease);
        Assert.Equal(RefusalReason.LoadFailed, refusal!.Reason);
        Assert.Contains("the engine ran out of memory", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("use a shorter context", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("raised", LoadTerms.Of(core.Loop.Snapshot, core.Loop.Snapshot.Models[ModelName.Parse("wanted:1b")]).Estimate.Basis);
    }

    private static async Task<DaemonCore> StartAsync()
    {
        var fake = await FakeOllama.StartAsync(s => s with { Models = [], Catalogue = [] });
        foreach (var model in (string[])["idle:1b", "wanted:1b"])
        {
            fake.Install(model, ByteSize.FromGibibytes(1));
        }

        return await DaemonCore.StartAsync(fake, Array.Empty<ModelConfig>());
    }
}
