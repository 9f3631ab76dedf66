using Homelab.Hardware;
using Homelab.Hardware.Nvml;
using Homelab.Tests.Architecture;
using Homelab.Tests.EndToEnd;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Hardware.Nvml;

/// <summary>A library that answers as NVIDIA's does and says what the test writes: compiled from <c>fake-nvml.c</c> by the machine's C compiler, once, and copied,
/// so that every test has one of its own.</summary>
internal sealed class FakeNvml : IDisposable
{
    /// <summary>Where a machine has no C compiler.</summary>
    public const string Source = "apt-get install gcc libc6-dev";

    private const long Gibibyte = 1L << 30;

    private static readonly Lazy<Task<byte[]>> Compiled = new(CompileAsync);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _gpus = [];
    private readonly List<string> _parts = [];
    private readonly List<string> _holders = [];

    private FakeNvml()
    {
    }

    public string Path => _folder.At("libnvidia-ml.so.1");

    /// <summary>What <c>nvmlInit</c> answers.</summary>
    public int Init { get; set; }

    /// <summary>What <c>nvmlDeviceGetCount</c> answers; 9: the driver is gone.</summary>
    public int Count { get; set; }

    /// <summary>Whether calls do not return.</summary>
    public bool Hangs { get; set; }

    /// <summary>Whether it only knows the first form of the memory's figures.</summary>
    public bool IsOld { get; set; }

    /// <summary>The newest form of the lists of processes that the driver beneath can serve: 3, 2 or 1.</summary>
    public int ProcessForm { get; set; } = 3;

    public static async Task<FakeNvml> MakeAsync()
    {
        var fake = new FakeNvml();
        await File.WriteAllBytesAsync(fake.Path, await Compiled.Value);
        fake.Apply();
        return fake;
    }

    /// <summary>A GPU more.</summary>
    public FakeNvml Gpu(string uuid, double totalGibibytes, double freeGibibytes, string name = "NVIDIA_GeForce_RTX_3090", double reservedGibibytes = 0, int error = 0)
    {
        _gpus.Add($"gpu {uuid} {name} {(long)(totalGibibytes * Gibibyte)} {(long)(freeGibibytes * Gibibyte)} {(long)(reservedGibibytes * Gibibyte)} 37 61 120500 {error}");
        return this;
    }

    /// <summary>A part of a GPU that is split up.</summary>
    public FakeNvml Part(int of, string uuid, double totalGibibytes, double freeGibibytes)
    {
        _parts.Add($"mig {of} {uuid} {(long)(totalGibibytes * Gibibyte)} {(long)(freeGibibytes * Gibibyte)}");
        return this;
    }

    /// <summary>A process that computes or draws with memory of a GPU or part.</summary>
    public FakeNvml Holder(string uuid, int process, ulong bytes, bool draws = false)
    {
        _holders.Add($"proc {uuid} {process} {bytes} {(draws ? 'g' : 'c')}");
        return this;
    }

    /// <summary>How fast a GPU is; without this its driver does not tell.</summary>
    public FakeNvml Speed(string uuid, int cores, int megahertz)
    {
        _holders.Add($"speed {uuid} {cores} {megahertz}");
        return this;
    }

    /// <summary>No GPU and no part any more.</summary>
    public FakeNvml Clear()
    {
        _gpus.Clear();
        _parts.Clear();
        _holders.Clear();
        return this;
    }

    /// <summary>From now on the library says so. Written beside and moved: it never reads half of it.</summary>
    public FakeNvml Apply()
    {
        string[] lines = [$"init {Init}", $"count {Count}", $"hang {(Hangs ? 1 : 0)}", $"old {(IsOld ? 1 : 0)}", $"form {ProcessForm}", .. _gpus, .. _parts, .. _holders, ""];
        File.WriteAllText(Path + ".new", string.Join('\n', lines));
        File.Move(Path + ".new", Path + ".script", overwrite: true);
        return this;
    }

    public NvmlProbe Probe(string? visible = null, string? order = null, LinuxPrograms? programs = null) => new(() => NvmlLibrary.TryOpen(Path), visible, order, programs);

    public void Dispose() => _folder.Dispose();

    private static async Task<byte[]> CompileAsync()
    {
        using var folder = new TemporaryFolder();
        var source = System.IO.Path.Combine(SourceTree.Root, "Homelab.Tests", "Hardware", "Nvml", "fake-nvml.c");
        await using var compiler = TestProcess.Start("cc", ["-shared", "-fPIC", "-O1", "-o", folder.At("fake.so"), source, "-ldl"]);
        var code = await compiler.ExitAsync(TimeSpan.FromMinutes(1));
        Assert.True(code == 0, compiler.Error);
        return await File.ReadAllBytesAsync(folder.At("fake.so"));
    }
}
