using Homelab.Cli.Doctor;
using Homelab.Tests.Hardware;

namespace Homelab.Tests.Cli.Doctor;

/// <summary>What <c>homelab doctor</c> reads of the system's own files.</summary>
public sealed class MachineReadingTests
{
    [Fact]
    public void Service_variables_are_read_with_quotes_and_without_the_later_over_the_earlier()
    {
        using var tree = new FileTree(
            ("etc/systemd/system/ollama.service", "[Service]\nExecStart=/usr/local/bin/ollama serve\nEnvironment=\"PATH=/usr/bin:/bin\"\nEnvironment=OLLAMA_HOST=0.0.0.0 OLLAMA_DEBUG=1\n"),
            ("etc/systemd/system/ollama.service.d/override.conf", "[Service]\n  Environment=\"OLLAMA_HOST=127.0.0.1\" 'OLLAMA_ORIGINS=http://a b'\n# Environment=OLLAMA_KEEP_ALIVE=0\n"),
            ("etc/systemd/system/ollama.service.d/notes.txt", "Environment=OLLAMA_NUM_PARALLEL=1\n"));
        var service = OllamaUnit.Read(tree.Root);

        Assert.Equal(["OLLAMA_DEBUG", "OLLAMA_HOST", "OLLAMA_ORIGINS", "PATH"], service.Variables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("127.0.0.1", "override.conf"), (service.Variables["OLLAMA_HOST"].Value, Path.GetFileName(service.Variables["OLLAMA_HOST"].File)));
        Assert.Equal("http://a b", service.Variables["OLLAMA_ORIGINS"].Value);
    }

    [Fact]
    public void Machine_without_the_service_has_no_such_variables()
    {
        using var tree = new FileTree();

        Assert.Empty(OllamaUnit.Read(tree.Root).Variables);
    }

    [Fact]
    public void Gpus_are_seen_where_the_drivers_show_them()
    {
        using var nvidia = new FileTree(("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA GeForce RTX 4090\nIRQ: 1\n"));
        using var amd = new FileTree(("sys/class/kfd/kfd/topology/nodes/0/gpu_id", "0\n"), ("sys/class/kfd/kfd/topology/nodes/1/gpu_id", "41995\n"));
        using var none = new FileTree(("sys/class/kfd/kfd/topology/nodes/0/gpu_id", "0\n"));

        Assert.Equal("NVIDIA GeForce RTX 4090", GpuPresence.Find(nvidia.Root));
        Assert.Equal("AMD GPU", GpuPresence.Find(amd.Root));
        Assert.Null(GpuPresence.Find(none.Root));
    }
}
