namespace Homelab.Roles.Daemon.Link;

/// <summary>Says that something changed since it was last looked at. Any thread sets it; one loop waits for it.</summary>
internal sealed class ChangeSignal
{
    private volatile TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once something changed.</summary>
    public Task Changed => _set.Task;

    public void Set() => _set.TrySetResult();

    /// <summary>Forgets what changed until now; to be called before it is looked at.</summary>
    public void Reset()
    {
        if (_set.Task.IsCompleted)
        {
            _set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
