using Homelab.Control;
using Homelab.Gateway;
using Homelab.Tests.EndToEnd;
using Microsoft.Extensions.Configuration;

namespace Homelab.Tests.Control;

/// <summary>What the web server of every role takes from the machine that it runs on: nothing that homelab's own configuration does not say.</summary>
public sealed class RoleWebServerTests
{
    [Fact]
    public void Neither_the_folder_it_is_started_in_nor_variables_of_the_framework_configure_it()
    {
        var builder = RoleWebServer.Builder(["127.0.0.1:0"], new GatewayOptions { NodeName = "tower" });

        Assert.All(((IConfigurationBuilder)builder.Configuration).Sources, source => Assert.DoesNotContain(
            source.GetType().Name, (string[])["JsonConfigurationSource", "EnvironmentVariablesConfigurationSource", "CommandLineConfigurationSource"]));
        Assert.Equal(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory), Path.TrimEndingDirectorySeparator(builder.Environment.ContentRootPath));
    }

    [ExecutableFact]
    public async Task Daemon_watches_no_folder_of_the_one_it_is_started_in()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var daemon = await HomelabProcess.StartAsync("daemon: { engines: { simulated: { enabled: true } } }");

        var watches = Directory.EnumerateFiles($"/proc/{daemon.Id}/fdinfo").SelectMany(File.ReadLines).Where(line => line.StartsWith("inotify wd", StringComparison.Ordinal));
        Assert.Empty(watches);
    }
}
