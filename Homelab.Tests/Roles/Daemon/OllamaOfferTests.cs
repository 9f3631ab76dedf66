using Homelab.Configuration;
using Homelab.Control;
using Homelab.Engines;
using Homelab.Roles.Daemon;
using Microsoft.Extensions.Logging;

namespace Homelab.Tests.Roles.Daemon;

public sealed class OllamaOfferTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("homelab-offer-");
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    public void Dispose() => _home.Delete(recursive: true);

    private async Task OfferAsync(InstallMode mode, Func<string, CancellationToken, Task<bool>>? ask = null)
    {
        var config = new HomelabConfig();

        // Port 9 on loopback: nobody listens, so a download that was not asked for fails instead of leaving the machine.
        config.Daemon.Engines.Ollama.DownloadUrl = "http://127.0.0.1:9/releases";
        var installer = EngineFactory.CreateOllamaInstaller(config, new HomelabFolder(_home.FullName), TimeProvider.System);
        await new OllamaOffer(installer, mode, new RoleConsole(_output, _errors, LogLevel.Error, TimeProvider.System) { Ask = ask }).MakeAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("Never")]
    [InlineData("Ask")]
    public async Task Without_a_terminal_it_only_says_how_to_get_ollama(string mode)
    {
        await OfferAsync(Enum.Parse<InstallMode>(mode));

        Assert.StartsWith("Ollama is not installed. ", _output.ToString(), StringComparison.Ordinal);
        Assert.Empty(_errors.ToString());
    }

    [Fact]
    public async Task At_a_terminal_it_asks_and_takes_no_for_an_answer()
    {
        var question = "";
        await OfferAsync(InstallMode.Ask, (asked, _) =>
        {
            question = asked;
            return Task.FromResult(false);
        });

        Assert.Contains("Download the official release", question, StringComparison.Ordinal);
        Assert.Empty(_errors.ToString());
    }

    [Fact]
    public async Task A_failed_installation_is_reported_and_does_not_end_the_daemon()
    {
        await OfferAsync(InstallMode.Auto);

        Assert.StartsWith("Ollama could not be installed: ", _errors.ToString(), StringComparison.Ordinal);
    }
}
