namespace Homelab.Tests.Fakes;

/// <summary>A place where the fake stands still until the test lets it go on.</summary>
internal sealed class FakeOllamaHold
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody stands here.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Everybody goes on, now and later.</summary>
    public void Release() => _released.TrySetResult();

    public Task WaitAsync(CancellationToken cancellation)
    {
        _reached.TrySetResult();
        return _released.Task.WaitAsync(cancellation);
    }
}
