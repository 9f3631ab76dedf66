using Homelab.Apps.Downloads;

namespace Homelab.Tests.Apps.Downloads;

public sealed class FairGateTests
{
    [Fact]
    public async Task Free_place_goes_to_the_app_that_has_fewest()
    {
        var gate = new FairGate(2);
        var first = await gate.EnterAsync("a", CancellationToken.None);
        var second = await gate.EnterAsync("a", CancellationToken.None);
        var more = gate.EnterAsync("a", CancellationToken.None);
        var other = gate.EnterAsync("b", CancellationToken.None);

        first.Dispose();
        await other.WaitAsync(DownloadRig.Patience);
        Assert.False(more.IsCompleted);

        second.Dispose();
        await more.WaitAsync(DownloadRig.Patience);
    }

    [Fact]
    public async Task Place_is_not_lost_when_a_waiter_gives_up_or_one_leaves_twice()
    {
        var gate = new FairGate(1);
        var first = await gate.EnterAsync("a", CancellationToken.None);
        using var ending = new CancellationTokenSource();
        var waiter = gate.EnterAsync("a", ending.Token);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiter);

        first.Dispose();
        first.Dispose();
        await gate.EnterAsync("b", CancellationToken.None).WaitAsync(DownloadRig.Patience);
        Assert.False(gate.EnterAsync("c", CancellationToken.None).IsCompleted);
    }
}
