#pragma warning disable RS0030 // these tests are about real processes
using System.Diagnostics;
using System.Text;

namespace Homelab.Tests.EndToEnd;

/// <summary>A child process whose output is collected; ended with its whole tree when disposed.</summary>
internal sealed class TestProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Lock _writing = new();
    private readonly TaskCompletionSource<string> _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _announcement;

    private TestProcess(Process process, string? announcement)
    {
        _process = process;
        _announcement = announcement;
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything written to standard output so far.</summary>
    public string Output
    {
        get
        {
            lock (_writing)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Everything written to standard error so far.</summary>
    public string Error
    {
        get
        {
            lock (_writing)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>The rest of the first line of standard output that starts with the announcement; faults when the process ends before it.</summary>
    public Task<string> Announced => _announced.Task;

    /// <summary>Starts a program with nothing, or a text, on its standard input. Environment values of null are removed.</summary>
    public static TestProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? folder = null, string? announcement = null, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var child = new TestProcess(process, announcement);
        process.EnableRaisingEvents = true;
        process.OutputDataReceived += (_, line) => child.Take(child._output, line.Data);
        process.ErrorDataReceived += (_, line) => child.Take(child._error, line.Data);
        process.Exited += (_, _) => child._announced.TrySetException(new InvalidOperationException($"{program} ended before it said '{announcement}'\n{child.Error}"));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        _ = child._announced.Task.ContinueWith(static t => t.Exception, TaskScheduler.Default);
        return child;
    }

    /// <summary>Sends a signal by its name, e.g. TERM. Windows has none: the process is ended.</summary>
    public void Signal(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            _process.Kill(entireProcessTree: true);
            return;
        }

        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end of the process and of its output; the exit code. A wait that is too long ends the process and fails.</summary>
    public async Task<int> ExitAsync(TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not end within {limit}\n{Output}\n{Error}");
        }

        return _process.ExitCode;
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Take(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_writing)
        {
            text.AppendLine(line);
        }

        if (_announcement is not null && ReferenceEquals(text, _output) && line.StartsWith(_announcement, StringComparison.Ordinal))
        {
            _announced.TrySetResult(line[_announcement.Length..].Trim());
        }
    }
}
