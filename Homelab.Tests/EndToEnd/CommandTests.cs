namespace Homelab.Tests.EndToEnd;

/// <summary>The commands of the real executable, without and with a daemon.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class CommandTests
{
    private const string Simulated = """
        daemon:
          engines:
            ollama: { manage: off }
            simulated: { enabled: true }
        """;

    [ExecutableFact]
    public async Task Version_is_told()
    {
        using var home = new HomelabHome();
        var run = await HomelabCommand.RunAsync(home, "version");
        Assert.True(run.ExitCode == 0, $"{run}");
        Assert.Matches(@"\d+\.\d+\.\d+", run.Output);
    }

    [ExecutableFact]
    public async Task Unknown_command_is_a_usage_error()
    {
        using var home = new HomelabHome();
        var run = await HomelabCommand.RunAsync(home, "stauts");
        Assert.True(run.ExitCode == 2, $"{run}");
        Assert.Contains("status", run.Error, StringComparison.Ordinal);
    }

    [ExecutableFact]
    public async Task Status_without_a_daemon_says_that_nobody_answers()
    {
        using var home = new HomelabHome();
        var run = await HomelabCommand.RunAsync(home, "status", "--url", "http://127.0.0.1:9");
        Assert.True(run.ExitCode == 69, $"{run}");
    }

    [ExecutableFact]
    public async Task Devices_are_listed_without_a_daemon()
    {
        using var home = new HomelabHome();
        var run = await HomelabCommand.RunAsync(home, "devices", "--output", "json", "--url", "http://127.0.0.1:9");
        Assert.True(run.ExitCode == 0, $"{run}");
        Assert.NotEqual(0, run.Json.GetArrayLength());
    }

    [ExecutableFact]
    public async Task Simulated_daemon_says_so_everywhere_and_obeys_the_commands()
    {
        await using var daemon = await HomelabProcess.StartAsync(Simulated);
        Assert.Contains("SIMULATED", daemon.Log, StringComparison.OrdinalIgnoreCase);

        var status = await daemon.CommandAsync("status");
        Assert.True(status.ExitCode == 0, $"{status}");
        Assert.Contains("simulated", status.Output, StringComparison.OrdinalIgnoreCase);

        var models = await daemon.CommandAsync("models", "list", "--output", "json");
        Assert.True(models.ExitCode == 0, $"{models}");
        Assert.NotEqual(0, models.Json.GetArrayLength());
        var name = models.Json.EnumerateArray().OrderBy(m => m.GetProperty("size_bytes").GetInt64()).First().GetProperty("name").GetString()!;

        var load = await daemon.CommandAsync("models", "load", name);
        Assert.True(load.ExitCode == 0, $"{load}");
        Assert.Contains(name, await daemon.HotAsync());

        var unload = await daemon.CommandAsync("models", "unload", name);
        Assert.True(unload.ExitCode == 0, $"{unload}");
        Assert.DoesNotContain(name, await daemon.HotAsync());

        var doctor = await daemon.CommandAsync("doctor");
        Assert.True(doctor.ExitCode is 0 or 1, $"{doctor}");
        Assert.NotEmpty(doctor.Output);
    }

    [ExecutableFact]
    public async Task Second_daemon_on_the_same_port_says_that_it_cannot_listen()
    {
        await using var daemon = await HomelabProcess.StartAsync(Simulated);
        using var home = new HomelabHome(Simulated);
        var run = await HomelabCommand.RunAsync(home, new Dictionary<string, string?> { ["HOMELAB_DAEMON__LISTEN"] = $"127.0.0.1:{daemon.Url.Port}" }, "daemon");
        Assert.True(run.ExitCode == 1, $"{run}");
        Assert.Contains("listen", run.Error, StringComparison.Ordinal);
    }
}
