using Homelab.Configuration;
using Homelab.Engines.Ollama;

namespace Homelab.Tests.Engines.Ollama;

public sealed class OllamaServeCommandTests
{
    [Theory]
    [InlineData("http://127.0.0.1:11434", false, "127.0.0.1:11434")]
    [InlineData("http://127.0.0.1:11434", true, "0.0.0.0:11434")]
    [InlineData("http://localhost:11500", true, "0.0.0.0:11500")]
    [InlineData("http://192.168.1.20:11434", true, "192.168.1.20:11434")]
    public void Ollama_of_ours_listens_for_other_machines_only_where_it_is_exposed(string url, bool expose, string host)
    {
        var settings = new OllamaServeSettings(new Uri(url), ManageMode.Auto, null, new HomelabFolder("/nowhere"), 1, 0, AllowCloud: false, Expose: expose);

        Assert.Equal(host, OllamaServeCommand.Build(settings, "/bin/ollama").Environment["OLLAMA_HOST"]);
    }
}
