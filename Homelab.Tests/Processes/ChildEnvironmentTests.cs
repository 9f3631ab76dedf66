using Homelab.Processes;

namespace Homelab.Tests.Processes;

/// <summary>What of the daemon's environment and of the machine's programs a child sees.</summary>
public sealed class ChildEnvironmentTests
{
    [Fact]
    public void Environment_holds_what_programs_need_and_what_is_named_and_no_secret()
    {
        Environment.SetEnvironmentVariable("HOMELAB_TEST_KEY", "secret");
        Environment.SetEnvironmentVariable("CHILDTEST_DEVICES", "0");
        Environment.SetEnvironmentVariable("CHILDTEST_SET", "theirs");
        var environment = ChildEnvironment.Build(["CHILDTEST_"], new Dictionary<string, string> { ["CHILDTEST_SET"] = "ours" });
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), environment["PATH"]);
        Assert.Equal(("0", "ours"), (environment["CHILDTEST_DEVICES"], environment["CHILDTEST_SET"]));
        Assert.DoesNotContain("secret", environment.Values);
    }

    [UnixFact]
    public void Program_is_found_on_the_path_where_it_can_be_executed_only()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("plain"), "");
        var script = folder.Script("program", "true");
        var path = $"relative:/nonexistent::{folder.Path}";
        Assert.Equal(script, ExecutableSearch.OnPath("program", path));
        Assert.Null(ExecutableSearch.OnPath("plain", path));
        Assert.Null(ExecutableSearch.OnPath("missing", path));
        Assert.Null(ExecutableSearch.OnPath("program", null));
        Assert.Null(ExecutableSearch.Check(folder.Path));
    }
}
