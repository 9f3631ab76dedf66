using System.Globalization;
using Homelab.Processes;

namespace Homelab.Tests.Processes;

/// <summary>What a killed daemon left running is found at the next start, and nothing else is touched.</summary>
public sealed class OrphanSweepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public async Task Process_whose_daemon_is_gone_is_killed_with_what_it_started()
    {
        await using var orphan = Start("sleep 1000 & echo $!; wait", Gone(OrphanSweep.Mark(_folder.Path)));
        await RealProcess.Until(() => RealProcess.Text(_folder.At("log")).EndsWith('\n'), "the grandchild's number");
        var grandchild = int.Parse(RealProcess.Text(_folder.At("log")), CultureInfo.InvariantCulture);

        // One where the end of the first, which here is a child of ours after all, took the second along before the sweep came to it.
        Assert.InRange(OrphanSweep.Kill(_folder.Path), 1, 2);
        Assert.Equal(128 + 9, await orphan.Exited);
        await RealProcess.Until(() => !RealProcess.Runs(grandchild), "the grandchild has ended");
    }

    [UnixFact]
    public async Task Process_of_a_living_daemon_or_of_another_folder_is_left_alone()
    {
        await using var living = Start("exec sleep 1000", OrphanSweep.Mark(_folder.Path));
        await using var other = Start("exec sleep 1000", Gone(OrphanSweep.Mark("/another/home")));
        await using var unmarked = Start("exec sleep 1000", "nonsense");
        Assert.Equal(0, OrphanSweep.Kill(_folder.Path));
        Assert.All([living, other, unmarked], child => Assert.True(RealProcess.Runs(child.Id)));
    }

    // The same process number with another start time: it was given anew.
    private static string Gone(string mark) => mark.Split(':') is [var pid, _, var hash] ? $"{pid}:1:{hash}" : throw new FormatException(mark);

    private ChildProcess Start(string script, string mark) => ChildProcess.Start(
        new ChildProcessStart("/bin/sh", ["-c", script], new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", [OrphanSweep.Variable] = mark }, _folder.At("log")),
        TimeProvider.System);
}
