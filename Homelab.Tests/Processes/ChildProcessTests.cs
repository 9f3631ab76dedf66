using System.Globalization;
using Homelab.Processes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Processes;

/// <summary>Real child processes: start, output, end, tree.</summary>
public sealed class ChildProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public async Task Child_writes_both_streams_to_its_log_and_ends_with_its_code()
    {
        await using var child = Start("echo out; echo err >&2; exit 3");
        Assert.Equal(3, await child.Exited);
        await LogHolds("out", "err");
    }

    [UnixFact]
    public async Task Child_ended_by_a_signal_says_which()
    {
        await using var child = Start("kill -9 $$");
        Assert.Equal(128 + 9, await child.Exited);
    }

    [UnixFact]
    public async Task Child_gets_its_arguments_and_environment_as_given_and_nothing_else()
    {
        var start = new ChildProcessStart("/usr/bin/env", [], new Dictionary<string, string> { ["A"] = "b c \"$x\"" }, _folder.At("log"));
        await using var child = ChildProcess.Start(start, _time);
        Assert.Equal(0, await child.Exited);
        await RealProcess.Until(() => RealProcess.Text(_folder.At("log")) == "A=b c \"$x\"\n", "only the given variable");

        await using var echo = Start("printf '%s|' \"$@\"", "one two", "*", "$HOME;ls", "'");
        await echo.Exited;
        await LogHolds("one two|*|$HOME;ls|'|");
    }

    [UnixFact]
    public async Task Child_has_nothing_to_read_and_no_signal_ignored()
    {
        await using var child = Start("cat; grep SigIgn /proc/self/status; grep SigBlk /proc/self/status");
        Assert.Equal(0, await child.Exited);
        await LogHolds("SigBlk:\t0000000000000000");

        // Signals 32 and 33 are the C library's own.
        var ignored = RealProcess.Text(_folder.At("log")).Split('\n')[0].Split('\t')[1];
        Assert.Equal(0UL, ulong.Parse(ignored, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & ~0x1_8000_0000UL);
    }

    [UnixFact]
    public async Task Child_works_in_the_folder_given()
    {
        var start = new ChildProcessStart(_folder.Script("s", "pwd"), [], Path(), _folder.At("log"), _folder.Path);
        await using var child = ChildProcess.Start(start, _time);
        await child.Exited;
        await LogHolds(_folder.Path + "\n");
    }

    [UnixFact]
    public async Task Child_leads_a_process_group_of_its_own_so_that_ctrl_c_does_not_reach_it()
    {
        await using var child = Start("cut -d' ' -f5 /proc/$$/stat");
        await child.Exited;
        await LogHolds(child.Id.ToString(CultureInfo.InvariantCulture));
    }

    [UnixFact]
    public async Task Child_that_heeds_the_request_ends_by_itself()
    {
        await using var child = Start("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
        await LogHolds("ready");
        await child.StopAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(7, await child.Exited);
        await LogHolds("bye");
    }

    [UnixFact]
    public async Task Child_that_does_not_heed_the_request_is_killed_after_its_grace()
    {
        await using var child = Start("trap '' TERM; echo ready; while :; do sleep 0.05; done");
        await LogHolds("ready");
        var stop = child.StopAsync(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(stop.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await stop;
        Assert.Equal(128 + 9, await child.Exited);
    }

    [UnixFact]
    public async Task Tree_ends_with_a_child_that_crashes()
    {
        await using var child = Start("sleep 1000 & echo child $!; kill -9 $$");
        await child.Exited;
        await LogHolds("child ");
        var grandchild = int.Parse(RealProcess.Text(_folder.At("log"))[6..], CultureInfo.InvariantCulture);
        await RealProcess.Until(() => !RealProcess.Runs(grandchild), "the grandchild has ended");
    }

    [UnixFact]
    public async Task Tree_ends_with_its_owner()
    {
        int grandchild;
        await using (Start("sleep 1000 & echo child $!; wait"))
        {
            await LogHolds("child ");
            grandchild = int.Parse(RealProcess.Text(_folder.At("log"))[6..], CultureInfo.InvariantCulture);
            Assert.True(RealProcess.Runs(grandchild));
        }

        await RealProcess.Until(() => !RealProcess.Runs(grandchild), "the grandchild has ended");
    }

    [UnixFact]
    public async Task Stopping_what_has_ended_does_nothing()
    {
        await using var child = Start("exit 0");
        await child.Exited;
        await child.StopAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, await child.Exited);
    }

    [UnixFact]
    public void Executable_that_is_missing_or_none_is_named_in_the_error()
    {
        File.WriteAllText(_folder.At("text"), "no program");
        foreach (var path in new[] { _folder.At("missing"), _folder.At("text") })
        {
            var failure = Assert.Throws<ChildStartException>(() => ChildProcess.Start(new ChildProcessStart(path, [], Path(), _folder.At("log")), _time));
            Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        }
    }

    [UnixFact]
    public void Argument_with_a_nul_is_refused() => Assert.Throws<ChildStartException>(() => Start("true", "a\0b"));

    [UnixFact]
    public async Task Children_leave_no_open_files_behind()
    {
        async Task Run()
        {
            await using var child = Start("echo x");
            await child.Exited;
        }

        await Run();
        var before = Directory.GetFileSystemEntries("/proc/self/fd").Length;
        for (var i = 0; i < 20; i++)
        {
            await Run();
        }

        // Other tests open files meanwhile, but not one for each child.
        await RealProcess.Until(() => Directory.GetFileSystemEntries("/proc/self/fd").Length < before + 20, "descriptors are closed");
    }

    private ChildProcess Start(string script, params string[] arguments) =>
        ChildProcess.Start(new ChildProcessStart(_folder.Script("child.sh", script), arguments, Path(), _folder.At("log")), _time);

    private static Dictionary<string, string> Path() => new() { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" };

    private Task LogHolds(params string[] texts) =>
        RealProcess.Until(() => texts.All(text => RealProcess.Text(_folder.At("log")).Contains(text, StringComparison.Ordinal)), $"the log holds {string.Join(", ", texts)}");
}
