using Homelab.Configuration;
using Homelab.Roles.Daemon.Infra;
using Homelab.Tests.EndToEnd;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Roles.Daemon.Infra;

/// <summary>A root on the real file system with something beside it that must never be shown.</summary>
internal sealed class InfraFolder : IDisposable
{
    /// <summary>What lies outside of the root.</summary>
    public const string Outside = "nobody may see this line";

    private readonly TemporaryFolder _folder = new();

    /// <param name="include">What the root includes; none: everything.</param>
    public InfraFolder(params string[] include)
    {
        Directory.CreateDirectory(At());
        Directory.CreateDirectory(_folder.At("root-beside"));
        File.WriteAllText(_folder.At("outside.log"), Outside);
        File.WriteAllText(_folder.At("root-beside", "outside.log"), Outside);
        Home = new HomelabFolder(_folder.At("home"));
        Root = new InfraRoot("logs", At(), include.Length > 0 ? include : ["**"]);
        Files = new InfraFiles("tower", 1 << 20, new OwnFolder(Home));
    }

    public InfraRoot Root { get; }

    public InfraFiles Files { get; }

    public HomelabFolder Home { get; }

    /// <summary>The folder above the root.</summary>
    public string Above => _folder.Path;

    /// <summary>A place below the root.</summary>
    public string At(params string[] way) => _folder.At(["root", .. way]);

    /// <summary>Writes a file below the root.</summary>
    public string Write(string path, string text)
    {
        var file = At(path.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Makes a pipe below the root.</summary>
    public async Task PipeAsync(string name) => await RunAsync("mkfifo", At(name));

    /// <summary>Gives a file a second name below the root.</summary>
    public async Task HardLinkAsync(string file, string name) => await RunAsync("ln", file, At(name));

    /// <summary>Why a file is not shown.</summary>
    public InfraException Refused(string? path, long offset = 0) => Assert.Throws<InfraException>(() => Files.Read(Root, path, offset));

    public void Dispose() => _folder.Dispose();

    private static async Task RunAsync(string program, params string[] arguments)
    {
        await using var process = TestProcess.Start(program, arguments);
        Assert.True(await process.ExitAsync(TimeSpan.FromSeconds(30)) == 0, $"{program}: {process.Error}");
    }
}
