using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;

namespace Homelab.Processes;

/// <summary>A process and its group on Linux and macOS. When the process ends, what is left of its group is killed before its number is free again.</summary>
internal sealed class PosixProcessTree : IProcessTree
{
    private readonly AnonymousPipeServerStream _output;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _reaped;

    private PosixProcessTree(ChildProcessStart start, AnonymousPipeServerStream output)
    {
        _output = output;

        // One thread starts the child and waits for its end: a guarded child is killed when the thread that started it is gone, and one of the pool may go at any time.
        using var started = new SemaphoreSlim(0, 1);
        Exception? problem = null;
        new Thread(() =>
        {
            try
            {
                Id = Spawn(start, output.ClientSafePipeHandle.DangerousGetHandle().ToInt32());
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                problem = exception;
            }

            var isStarted = problem is null;
            started.Release();
            if (isStarted)
            {
                Watch();
            }
        })
        { IsBackground = true, Name = "child" }.Start();
        started.Wait();
        if (problem is not null)
        {
            throw problem as ChildStartException ?? new ChildStartException($"cannot start {start.Executable}: {problem.Message}", problem);
        }
    }

    public int Id { get; private set; }

    public Task<int> Exited => _exited.Task;

    public Stream Output => _output;

    /// <exception cref="ChildStartException">It could not be started.</exception>
    public static PosixProcessTree Start(ChildProcessStart start)
    {
        // Not inheritable: the copies that the child gets as its outputs are made by the start itself.
        var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        try
        {
            return new PosixProcessTree(start, output);
        }
        catch
        {
            output.Dispose();
            throw;
        }
        finally
        {
            // Ours must be closed, or the output would never end.
            output.DisposeLocalCopyOfClientHandle();
        }
    }

    public void RequestStop() => Send(PosixNative.Term);

    public void Kill() => Send(PosixNative.Kill);

    // The pipe is closed by whoever reads it to its end: closing it under a blocked read would not end that read.
    public void Dispose()
    {
    }

    private static unsafe int Spawn(ChildProcessStart start, int output)
    {
        using var memory = new NativeBlock();
        var actions = memory.Zeroed(PosixNative.OpaqueSize);
        var attributes = memory.Zeroed(PosixNative.OpaqueSize);
        var signals = memory.Zeroed(PosixNative.OpaqueSize);
        _ = PosixNative.InitializeActions(actions);
        _ = PosixNative.InitializeAttributes(attributes);
        try
        {
            var failed = PosixNative.AddOpen(actions, 0, memory.Text("/dev/null"), 0, 0)
                | PosixNative.AddDuplicate(actions, output, 1)
                | PosixNative.AddDuplicate(actions, output, 2)
                | PosixNative.SetFlags(attributes, PosixNative.SetProcessGroup | PosixNative.SetSignalDefaults | PosixNative.SetSignalMask)
                | PosixNative.SetGroup(attributes, 0)
                | PosixNative.EmptySet(signals)
                | PosixNative.SetMask(attributes, signals)
                | PosixNative.FillSet(signals)
                | PosixNative.SetDefaults(attributes, signals)
                | (start.WorkingDirectory is { } folder ? PosixNative.AddChangeDirectory(actions, memory.Text(folder)) : 0);
            var (executable, rest) = start.Guard is { } guard && OperatingSystem.IsLinux() ? (guard, ChildGuard.Arguments(start.Executable, start.Arguments)) : (start.Executable, start.Arguments);
            var arguments = memory.TextList([executable, .. rest]);
            var environment = memory.TextList(start.Environment.Select(pair => $"{pair.Key}={pair.Value}"));
            var error = failed != 0 ? failed : PosixNative.Spawn(out var pid, memory.Text(executable), actions, attributes, arguments, environment) is var code and not 0 ? code : -pid;
            return error < 0 ? -error : throw new ChildStartException($"cannot start {start.Executable}: {Reason(error)}");
        }
        finally
        {
            _ = PosixNative.DestroyActions(actions);
            _ = PosixNative.DestroyAttributes(attributes);
        }
    }

    /// <summary>What an error number of a start means.</summary>
    internal static string Reason(int error) => error switch
    {
        2 => "no such file (or its interpreter or working directory is missing)",
        7 => "its arguments or its environment are too long",
        8 => "not an executable for this machine",
        11 => "too many processes, or not enough memory",
        12 => "not enough memory",
        13 => "not executable, or not allowed",
        _ => $"error {error}",
    };

    private unsafe void Watch()
    {
        var information = stackalloc byte[PosixNative.OpaqueSize];
        while (PosixNative.WaitWithoutReaping(PosixNative.ProcessIdType, Id, information, PosixNative.Ended | PosixNative.LeaveWaitable) != 0
            && Marshal.GetLastPInvokeError() == PosixNative.InterruptedCall)
        {
        }

        // The dead process still holds its number, so the group cannot be somebody else's.
        _ = PosixNative.Signal(-Id, PosixNative.Kill);
        int status;
        lock (_gate)
        {
            while (PosixNative.Reap(Id, out status, 0) < 0 && Marshal.GetLastPInvokeError() == PosixNative.InterruptedCall)
            {
            }

            _reaped = true;
        }

        var signal = status & 0x7f;
        _exited.SetResult(signal == 0 ? (status >> 8) & 0xff : 128 + signal);
    }

    private void Send(int signal)
    {
        lock (_gate)
        {
            if (!_reaped)
            {
                _ = PosixNative.Signal(-Id, signal);
            }
        }
    }

    /// <summary>Native memory that lives as long as one call.</summary>
    private sealed unsafe class NativeBlock : IDisposable
    {
        private readonly List<nint> _blocks = [];

        public byte* Zeroed(int size)
        {
            var block = (byte*)NativeMemory.AllocZeroed((nuint)size);
            _blocks.Add((nint)block);
            return block;
        }

        public byte* Text(string text)
        {
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                throw new ChildStartException("cannot start a process with a NUL in its arguments or environment");
            }

            var block = Zeroed(Encoding.UTF8.GetByteCount(text) + 1);
            Encoding.UTF8.GetBytes(text, new Span<byte>(block, Encoding.UTF8.GetByteCount(text)));
            return block;
        }

        public byte** TextList(IEnumerable<string> texts)
        {
            var all = texts.ToList();
            var list = (byte**)Zeroed((all.Count + 1) * sizeof(byte*));
            for (var i = 0; i < all.Count; i++)
            {
                list[i] = Text(all[i]);
            }

            return list;
        }

        public void Dispose() => _blocks.ForEach(block => NativeMemory.Free((void*)block));
    }
}
