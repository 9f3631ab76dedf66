using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Homelab.Processes;

/// <summary>A process and its job on Windows.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsProcessTree : IProcessTree
{
    private readonly Process _process;
    private readonly SafeFileHandle _job;
    private readonly AnonymousPipeServerStream _merged = new(PipeDirection.In);

    /// <exception cref="ChildStartException">It could not be started.</exception>
    public WindowsProcessTree(ChildProcessStart start)
    {
        var information = new ProcessStartInfo(start.Executable, start.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNewProcessGroup = true,
            WorkingDirectory = start.WorkingDirectory ?? "",
        };
        information.Environment.Clear();
        foreach (var (name, value) in start.Environment)
        {
            information.Environment[name] = value;
        }

        _job = WindowsNative.CreateJob(0, 0);
        var limits = new WindowsNative.ExtendedLimits { Flags = WindowsNative.KillOnClose };
        WindowsNative.Limit(_job, WindowsNative.ExtendedLimitInformation, limits, Marshal.SizeOf<WindowsNative.ExtendedLimits>());
        try
        {
            _process = Process.Start(information) ?? throw new ChildStartException($"cannot start {start.Executable}");
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or IOException)
        {
            _job.Dispose();
            _merged.Dispose();
            throw new ChildStartException($"cannot start {start.Executable}", exception);
        }

        WindowsNative.Assign(_job, _process.SafeHandle);
        _process.StandardInput.Close();
        Id = _process.Id;
        Exited = WatchAsync();
        _ = MergeAsync();
    }

    public int Id { get; }

    public Task<int> Exited { get; }

    public Stream Output => _merged;

    public void RequestStop() => WindowsNative.SendControl(WindowsNative.ControlBreak, (uint)Id);

    public void Kill() => WindowsNative.Terminate(_job, 1);

    public void Dispose()
    {
        _job.Dispose();
        _process.Dispose();
    }

    private async Task<int> WatchAsync()
    {
        await _process.WaitForExitAsync();
        Kill();
        return _process.ExitCode;
    }

    // One pipe for both streams, as on the other systems.
    private async Task MergeAsync()
    {
        await using var sink = new AnonymousPipeClientStream(PipeDirection.Out, _merged.ClientSafePipeHandle);
        await Task.WhenAll(_process.StandardOutput.BaseStream.CopyToAsync(sink), _process.StandardError.BaseStream.CopyToAsync(sink));
    }
}
