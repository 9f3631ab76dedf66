namespace Homelab.Tests.EndToEnd;

/// <summary>A daemon that must not start says why and ends with the documented code.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ConfigurationErrorTests
{
    [ExecutableFact]
    public async Task Acceptance_38_listener_off_loopback_without_a_key_refuses_to_start()
    {
        using var home = new HomelabHome("daemon:\n  listen: 0.0.0.0:0\n");
        var run = await HomelabCommand.RunAsync(home, "daemon");
        Assert.True(run.ExitCode == 78, $"{run}");
        Assert.Contains("api_keys", run.Error, StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Unknown_key_is_refused_with_line_column_and_suggestion()
    {
        using var home = new HomelabHome("daemon:\n  lisen: 127.0.0.1:0\n");
        var run = await HomelabCommand.RunAsync(home, "daemon");
        Assert.True(run.ExitCode == 78, $"{run}");
        Assert.Contains("homelab.yaml:2:3", run.Error, StringComparison.Ordinal);
        Assert.Contains("did you mean", run.Error, StringComparison.Ordinal);
        Assert.Contains("listen", run.Error, StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Impossible_value_is_refused_with_its_place()
    {
        using var home = new HomelabHome("daemon:\n  drain: yesterday\n");
        var run = await HomelabCommand.RunAsync(home, "config", "check");
        Assert.True(run.ExitCode == 78, $"{run}");
        Assert.Contains("homelab.yaml:2:10", run.Error + run.Output, StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Environment_overrides_the_file_and_is_checked_too()
    {
        using var home = new HomelabHome("daemon:\n  drain: 5s\n");
        var run = await HomelabCommand.RunAsync(home, new Dictionary<string, string?> { ["HOMELAB_DAEMON__DRAIN"] = "yesterday" }, "config", "check");
        Assert.True(run.ExitCode == 78, $"{run}");
        Assert.Contains("HOMELAB_DAEMON__DRAIN", run.Error + run.Output, StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Good_configuration_passes_the_check()
    {
        using var home = new HomelabHome("daemon:\n  drain: 5s\n");
        var run = await HomelabCommand.RunAsync(home, "config", "check");
        Assert.True(run.ExitCode == 0, $"{run}");
    }

    [ExecutableFact]
    public async Task Secret_of_the_configuration_is_never_shown()
    {
        using var home = new HomelabHome("daemon:\n  api_keys: [ super-secret-key-1234 ]\n");
        var run = await HomelabCommand.RunAsync(home, "config", "show");
        Assert.True(run.ExitCode == 0, $"{run}");
        Assert.DoesNotContain("super-secret-key-1234", run.Output + run.Error, StringComparison.Ordinal);
    }
}
