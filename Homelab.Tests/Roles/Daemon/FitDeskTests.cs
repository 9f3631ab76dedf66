using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>Whether a model fits this machine, before an engine whose models' metadata has not been read yet.</summary>
public sealed class FitDeskTests
{
    [Fact]
    public async Task Metadata_is_read_for_the_answer_and_the_measurement_of_a_load_is_in_the_next()
    {
        await using var fake = await FakeOllama.StartAsync();
        await using var core = await DaemonCore.StartAsync(fake);
        var model = core.Loop.Snapshot.Models.Keys.First();

        var before = await core.Fits.AnswerAsync(model.Value, null, CancellationToken.None);
        await core.ChatAsync(model.Value);
        var after = await core.Fits.AnswerAsync(model.Value, null, CancellationToken.None);

        Assert.Equal(("yes", "metadata", "tower"), (before!.Fits, before.Estimate.Basis, before.Node));
        Assert.NotEmpty(before.Devices);
        Assert.True(before.LargestContext > 0);
        Assert.Equal(("loaded", "measured", 1), (after!.Fits, after.Estimate.Basis, after.Estimate.Observations));
        Assert.Equal(core.Loop.Snapshot.Models[model].Replica!.Allocation.Sum(a => a.Bytes.Bytes), after.Estimate.TotalBytes);
        Assert.Equal(0, fake.Counts.Evictions);
    }

    [Fact]
    public async Task Model_that_is_not_there_has_no_answer_and_says_how_to_get_it()
    {
        await using var fake = await FakeOllama.StartAsync();
        await using var core = await DaemonCore.StartAsync(fake);

        Assert.Null(await core.Fits.AnswerAsync("nobody", null, CancellationToken.None));
        Assert.Contains("homelab models pull nobody", core.Fits.NotFound("nobody"), StringComparison.Ordinal);
    }
}
