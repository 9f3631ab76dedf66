using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Homelab.Apps.Running;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Apps.Running;

/// <summary>Real processes that behave badly in every way that is known of apps.</summary>
public sealed class AppProcessTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [UnixFact]
    public async Task App_is_ready_when_its_health_check_passes_and_ends_by_itself_when_asked_to()
    {
        await using var app = await StartAsync(SampleApp.Start(_folder, "--health-after", "0.3"));

        Assert.Equal(app.Id.ToString(CultureInfo.InvariantCulture), await _http.GetStringAsync(new Uri($"http://127.0.0.1:{app.Port}/pid")));
        await app.StopAsync(Grace);
        Assert.Equal(0, (await app.Exited).Code);
        Assert.False(RealProcess.Runs(app.Id));
        Assert.Equal($"sample app listens at {app.Port}\nsample app ends\n", RealProcess.Text(_folder.At("logs", "sample.log")));
    }

    [UnixFact]
    public async Task App_without_a_health_check_is_ready_when_it_accepts_connections()
    {
        await using var app = await StartAsync(SampleApp.Start(_folder) with { Health = null });
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(new Uri($"http://127.0.0.1:{app.Port}/pid"))).StatusCode);
    }

    [UnixFact]
    public async Task App_that_exits_at_once_is_told_with_its_code_and_what_it_printed()
    {
        var problem = await Assert.ThrowsAsync<AppStartException>(() => StartAsync(SampleApp.Start(_folder, "--exit-at-once", "7")));

        Assert.Equal(AppStartFailure.Ended, problem.Failure);
        Assert.StartsWith("it ended with exit code 7; it last printed: ", problem.Message, StringComparison.Ordinal);
        Assert.Contains("cannot open the model: no such thing", problem.Message, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task App_that_never_gets_ready_is_ended_when_its_time_is_over_and_the_last_answer_is_told()
    {
        var problem = await Assert.ThrowsAsync<AppStartException>(() => StartAsync(SampleApp.Start(_folder, "--health-after", "1000", "--fork", "1") with { StartTimeout = TimeSpan.FromSeconds(3) }));

        Assert.Equal(AppStartFailure.Unhealthy, problem.Failure);
        Assert.StartsWith("it was not ready within 3 s (start_timeout): /healthz answers 503; it last printed: sample app listens at ", problem.Message, StringComparison.Ordinal);
        await AllGoneAsync(2);
    }

    [UnixFact]
    public async Task App_that_listens_nowhere_is_told_so()
    {
        var start = SampleApp.Start(_folder) with { Command = ["/bin/sh", "-c", "sleep 1000"], StartTimeout = TimeSpan.FromSeconds(0.5) };

        var problem = await Assert.ThrowsAsync<AppStartException>(() => StartAsync(start));
        Assert.Equal($"it was not ready within 0.5 s (start_timeout): nothing listens at port {start.Port} and printed nothing", problem.Message);
    }

    [UnixFact]
    public async Task App_that_ignores_SIGTERM_is_killed_when_its_grace_is_over()
    {
        await using var app = await StartAsync(SampleApp.Start(_folder, "--ignore-term"));

        var began = TimeProvider.System.GetTimestamp();
        await app.StopAsync(TimeSpan.FromSeconds(1));
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(0.9));
        Assert.Equal(128 + 9, (await app.Exited).Code);
        Assert.Equal("it was ended by signal 9", (await app.Exited).Words.Split(';')[0]);
    }

    [UnixTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whatever_an_app_forked_ends_with_it_also_what_fled_to_a_session_of_its_own(bool isAsked)
    {
        await using var app = await StartAsync(SampleApp.Start(_folder, "--fork", "2", "--flee", "2"));
        await RealProcess.Until(() => SampleApp.Pids(_folder).Length == 5, "five processes");
        Assert.All(SampleApp.Pids(_folder), pid => Assert.True(RealProcess.Runs(pid)));

        if (isAsked)
        {
            await app.StopAsync(Grace);
        }
        else
        {
            // It crashes.
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.GetAsync(new Uri($"http://127.0.0.1:{app.Port}/crash")));
            Assert.Equal(3, (await app.Exited).Code);
        }

        await AllGoneAsync(5);
    }

    [UnixFact]
    public async Task Crash_is_told_with_the_last_lines()
    {
        await using var app = await StartAsync(SampleApp.Start(_folder));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.GetAsync(new Uri($"http://127.0.0.1:{app.Port}/crash")));

        Assert.Equal($"it ended with exit code 3; it last printed: sample app listens at {app.Port} | something terrible has happened", (await app.Exited).Words);
    }

    [UnixFact]
    public async Task Gigabyte_of_output_fills_neither_the_disk_nor_memory_and_does_not_stop_the_app()
    {
        await using var app = await StartAsync(SampleApp.Start(_folder, "--print-bytes", "1073741824"));

        var logs = new DirectoryInfo(_folder.At("logs")).GetFiles();
        Assert.InRange(logs.Sum(f => f.Length), 10 << 20, 21 << 20);
        Assert.Equal(["sample.log", "sample.log.1"], logs.Select(f => f.Name).Order(StringComparer.Ordinal));
        await RealProcess.Until(() => app.LastLines()[^1] == $"sample app listens at {app.Port}", "the last line");
        Assert.True(app.LastLines().Count <= 20);
    }

    [UnixFact]
    public async Task Port_that_is_taken_is_found_before_anything_is_started()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var problem = await Assert.ThrowsAsync<AppStartException>(() => StartAsync(SampleApp.At(port, _folder)));
        Assert.Equal((AppStartFailure.PortTaken, $"port {port} is taken by another program; choose another in the manifest, or port: auto"), (problem.Failure, problem.Message));
        Assert.Empty(SampleApp.Pids(_folder));
    }

    [UnixFact]
    public async Task Folder_or_program_that_is_not_there_or_is_none_is_told()
    {
        var start = SampleApp.Start(_folder);
        File.WriteAllText(_folder.At("plain"), "#!/bin/sh\n");
        File.WriteAllBytes(_folder.At("junk"), [1, 2, 3]);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.At("junk"), (UnixFileMode)0b111_000_000);
        }

        foreach (var (wrong, words) in new[]
        {
            (start with { WorkingDirectory = _folder.At("none") }, "the folder it works in does not exist: "),
            (start with { Command = [_folder.At("none")] }, "no such"),
            (start with { Command = [_folder.At("plain")] }, "not executable"),
            (start with { Command = [_folder.At("junk")] }, "not an executable for this machine"),
            (start with { Command = [_folder.Path] }, "not executable"),
        })
        {
            var problem = await Assert.ThrowsAsync<AppStartException>(() => StartAsync(wrong));
            Assert.True(problem.Message.Contains(words, StringComparison.OrdinalIgnoreCase), problem.Message);
            Assert.Equal(AppStartFailure.Unstartable, problem.Failure);
        }
    }

    [UnixFact]
    public async Task Start_that_nobody_wants_any_more_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var starting = AppProcess.StartAsync(SampleApp.Start(_folder, "--health-after", "1000", "--flee", "1"), _http, TimeProvider.System, cancel.Token);
        await RealProcess.Until(() => SampleApp.Pids(_folder).Length == 2, "two processes");

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        await AllGoneAsync(2);
    }

    [UnixFact]
    public async Task Many_runs_leave_no_open_file()
    {
        var before = Open();
        for (var i = 0; i < 60; i++)
        {
            await RunOnceAsync();
        }

        // Tests that run at the same time open some of their own.
        await RealProcess.Until(() => Open() < before + 30, $"about {before} open pipes, not {Open()}");

        async Task RunOnceAsync()
        {
            var start = SampleApp.Start(_folder) with { Command = ["/bin/sh", "-c", "echo hi; exit 1"] };
            await Assert.ThrowsAsync<AppStartException>(() => StartAsync(start));
        }

        static int Open() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(IsPipe);

        static bool IsPipe(string descriptor)
        {
            try
            {
                return File.ResolveLinkTarget(descriptor, false)?.Name.StartsWith("pipe:", StringComparison.Ordinal) == true;
            }
            catch (IOException)
            {
                // Closed since.
                return false;
            }
        }
    }

    private Task<AppProcess> StartAsync(AppStart start) => AppProcess.StartAsync(start, _http, TimeProvider.System, CancellationToken.None);

    private async Task AllGoneAsync(int count)
    {
        var pids = SampleApp.Pids(_folder);
        Assert.Equal(count, pids.Length);
        await RealProcess.Until(() => pids.All(pid => !RealProcess.Runs(pid)), $"the end of {string.Join(", ", pids)}");
    }
}
