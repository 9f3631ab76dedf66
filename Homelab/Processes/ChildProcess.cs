namespace Homelab.Processes;

/// <summary>A child process whose output goes to a bounded log and whose whole tree ends with it. It has a process group of its own, so that Ctrl-C in
/// a terminal reaches the daemon alone and the daemon decides what happens to its children.</summary>
/// <remarks>A daemon that is killed outright cannot stop its children: on Windows the job object does; on Linux the kernel ends those that have a guard, and
/// <see cref="OrphanSweep"/> whatever else is left at the next start; on macOS they stay until they are stopped by hand.</remarks>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly IProcessTree _tree;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(IProcessTree tree, BoundedLog log, TimeProvider time)
    {
        _tree = tree;
        _time = time;

        // A thread of its own: a read of a pipe blocks, for as long as the child is silent.
        var pump = new Thread(() => Pump(tree.Output, log, Tail, _outputEnded)) { IsBackground = true, Name = "child output" };
        pump.Start();
    }

    /// <summary>The last that it printed.</summary>
    public OutputTail Tail { get; } = new();

    /// <summary>Completes when everything that it printed was taken in. A child of its own that lives on may keep its output open after its end.</summary>
    public Task OutputEnded => _outputEnded.Task;

    /// <summary>The process id.</summary>
    public int Id => _tree.Id;

    /// <summary>Completes with the exit code when the process has ended and its tree was killed; 128 + n for signal n. Never fails.</summary>
    public Task<int> Exited => _tree.Exited;

    /// <summary>Starts it.</summary>
    /// <exception cref="ChildStartException">It could not be started.</exception>
    public static ChildProcess Start(ChildProcessStart start, TimeProvider time)
    {
        var log = new BoundedLog(start.LogPath);
        try
        {
            return new ChildProcess(OperatingSystem.IsWindows() ? new WindowsProcessTree(start) : PosixProcessTree.Start(start), log, time);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Asks it to end, waits for <paramref name="grace"/>, then kills the tree. Returns when it has ended.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        _tree.RequestStop();
        try
        {
            await _tree.Exited.WaitAsync(grace, _time);
        }
        catch (TimeoutException)
        {
            _tree.Kill();
            await _tree.Exited;
        }
    }

    /// <summary>Kills the tree, without waiting for its end.</summary>
    public void Kill() => _tree.Kill();

    public async ValueTask DisposeAsync()
    {
        _tree.Kill();
        await _tree.Exited;
        _tree.Dispose();
    }

    private static void Pump(Stream output, BoundedLog log, OutputTail tail, TaskCompletionSource ended)
    {
        using (log)
        using (output)
        {
            var buffer = new byte[16 << 10];
            try
            {
                while (output.Read(buffer) is > 0 and var read)
                {
                    log.Write(buffer.AsSpan(0, read));
                    tail.Append(buffer.AsSpan(0, read));
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The tree is gone.
            }
        }

        ended.TrySetResult();
    }
}
