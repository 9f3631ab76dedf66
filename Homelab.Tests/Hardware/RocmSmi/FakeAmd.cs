using Homelab.Hardware.RocmSmi;
using Homelab.Tests.Architecture;
using Homelab.Tests.EndToEnd;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Hardware.RocmSmi;

/// <summary>A library that answers as one of AMD's and says what the test writes: compiled from <c>fake-amd.c</c> by the machine's C compiler, once for each of the two, and
/// copied, so that every test has one of its own.</summary>
internal sealed class FakeAmd : IDisposable
{
    private static readonly Lazy<Task<byte[]>> Rocm = new(() => CompileAsync());
    private static readonly Lazy<Task<byte[]>> Amd = new(() => CompileAsync("-DAMD_SMI"));

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _gpus = [];
    private readonly bool _isAmdSmi;

    private FakeAmd(bool isAmdSmi) => _isAmdSmi = isAmdSmi;

    public string Path => _folder.At(_isAmdSmi ? "libamd_smi.so" : "librocm_smi64.so.1");

    /// <summary>What its start answers.</summary>
    public int Init { get; set; }

    /// <summary>What it answers when it is asked how many GPUs there are.</summary>
    public int Count { get; set; }

    public static async Task<FakeAmd> MakeAsync(bool isAmdSmi)
    {
        var fake = new FakeAmd(isAmdSmi);
        await File.WriteAllBytesAsync(fake.Path, await (isAmdSmi ? Amd : Rocm).Value);
        return fake.Apply();
    }

    /// <summary>A GPU more; sizes in GiB, power in millionths of a watt. A total of 0 is one whose memory it cannot tell.</summary>
    public FakeAmd Gpu(string bdf, long total, long used, long shared = 16, long sharedUsed = 0, string name = "Radeon_RX_7900_XTX")
    {
        _gpus.Add($"gpu {name} {bdf} {total << 30} {used << 30} {shared << 30} {sharedUsed << 30} 42 55 99500000");
        return this;
    }

    public FakeAmd Clear()
    {
        _gpus.Clear();
        return this;
    }

    /// <summary>From now on the library says so. Written beside and moved: it never reads half of it.</summary>
    public FakeAmd Apply()
    {
        File.WriteAllText(Path + ".new", string.Join('\n', [$"init {Init}", $"count {Count}", .. _gpus, ""]));
        File.Move(Path + ".new", Path + ".script", overwrite: true);
        return this;
    }

    public IAmdManagement? Open() => _isAmdSmi ? AmdSmiLibrary.TryOpen([Path]) : RocmSmiLibrary.TryOpen([Path]);

    public void Dispose() => _folder.Dispose();

    private static async Task<byte[]> CompileAsync(params string[] options)
    {
        using var folder = new TemporaryFolder();
        var source = System.IO.Path.Combine(SourceTree.Root, "Homelab.Tests", "Hardware", "RocmSmi", "fake-amd.c");
        await using var compiler = TestProcess.Start("cc", ["-shared", "-fPIC", "-O1", .. options, "-o", folder.At("fake.so"), source, "-ldl"]);
        var code = await compiler.ExitAsync(TimeSpan.FromMinutes(1));
        Assert.True(code == 0, compiler.Error);
        return await File.ReadAllBytesAsync(folder.At("fake.so"));
    }
}
