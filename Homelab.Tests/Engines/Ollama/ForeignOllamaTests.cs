using System.Net;
using System.Net.Sockets;
using Homelab.Engines.Ollama;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>What can be found out about an Ollama that somebody else started. Port 1, where nobody listens, stands for a process of another user: nothing can be
/// read of it.</summary>
public sealed class ForeignOllamaTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [UnixFact]
    public void Process_of_this_user_is_believed_and_not_the_service()
    {
        Unit("etc/systemd/system/ollama.service", "Environment=OLLAMA_MAX_LOADED_MODELS=5");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.Equal(0, Look(((IPEndPoint)listener.LocalEndpoint).Port));
    }

    [Theory]
    [InlineData("Environment=OLLAMA_MAX_LOADED_MODELS=5", 5)]
    [InlineData("Environment=\"OLLAMA_MAX_LOADED_MODELS=5\"", 5)]
    [InlineData("Environment=\"PATH=/bin\" \"OLLAMA_MAX_LOADED_MODELS=5\"", 5)]
    [InlineData("#Environment=OLLAMA_MAX_LOADED_MODELS=5", 0)]
    [InlineData("Environment=OLLAMA_MAX_LOADED_MODELS=many", 0)]
    [InlineData("Environment=OLLAMA_MAX_LOADED_MODELS_TOO=5", 0)]
    public void Service_says_it_where_the_process_cannot_be_read(string line, int expected)
    {
        Unit("usr/lib/systemd/system/ollama.service", line);
        Assert.Equal(expected, Look(0));
    }

    [UnixFact]
    public void Later_file_of_the_service_wins()
    {
        Unit("etc/systemd/system/ollama.service", "Environment=OLLAMA_MAX_LOADED_MODELS=5");
        Unit("etc/systemd/system/ollama.service.d/override.conf", "Environment=OLLAMA_MAX_LOADED_MODELS=2");
        Assert.Equal(2, Look(0));
    }

    [UnixFact]
    public void Nothing_is_known_where_there_is_nothing_to_read() => Assert.Equal(0, Look(0));

    private int Look(int port)
    {
        var foreign = new ForeignOllama(new Uri($"http://127.0.0.1:{(port == 0 ? 1 : port)}"), _root.Path);
        foreign.Look();
        return foreign.MaximumLoaded;
    }

    private void Unit(string path, string line)
    {
        var file = _root.At(path.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, $"[Service]\nExecStart=/usr/local/bin/ollama serve\n  {line}\n");
    }
}
