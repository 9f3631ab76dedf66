using System.Net;
using Homelab.Contracts;
using Homelab.Roles.Hub;

namespace Homelab.Tests.Roles.Hub;

/// <summary>Where a hub finds an engine that a node exposes.</summary>
public sealed class ExposedEngineTests
{
    [Theory]
    [InlineData("http://192.168.1.20:11434", "10.0.0.9", "http://192.168.1.20:11434")]
    [InlineData("http://0.0.0.0:11434", "10.0.0.9", "http://10.0.0.9:11434")]
    [InlineData("http://0.0.0.0:11434", "::ffff:10.0.0.9", "http://10.0.0.9:11434")]
    [InlineData("http://0.0.0.0:11434", "fd00::9", "http://[fd00::9]:11434")]
    [InlineData("http://0.0.0.0:11434", null, null)]
    [InlineData(null, "10.0.0.9", null)]
    public void Engine_without_an_address_of_its_own_is_where_the_node_is_seen(string? told, string? seen, string? expected)
    {
        var beat = new HeartbeatWire(1, "n1", "boot", 1, "tower", "1", "live", 0, 42420, false, "access-key-of-the-node", new EngineWire("ollama", null, "up", null, false, true), [], [], "digest", EngineExposed: told);
        var report = HeartbeatReader.Read(beat, seen is null ? null : IPAddress.Parse(seen), TimeSpan.Zero, out var problem);

        Assert.Null(problem);
        Assert.Equal(expected, report!.ExposedEngine);
    }
}
