using Homelab.Apps.Catalog;
using Homelab.Tests.Processes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Apps.Catalog;

/// <summary>A folder of manifests with a catalog of it. Its clock stands near the wall clock, as files' own times do, and moves only when told.</summary>
internal sealed class ManifestFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ManifestFolder(bool create = true)
    {
        Catalog = new AppCatalog(At(), Variables, Time);
        Catalog.Changed += () => Changes++;
        if (create)
        {
            Create();
        }
    }

    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    public Dictionary<string, string> Variables { get; } = [];

    public AppCatalog Catalog { get; }

    public int Changes { get; private set; }

    /// <summary>What the catalog knows, one a line: name, what is in force, problems without the folder.</summary>
    public IReadOnlyList<string> Known => [.. Catalog.Current.Entries.Select(e =>
        $"{e.Name}={e.Manifest?.Command[0] ?? "-"}{string.Concat(e.Problems.Select(p => " | " + p.Replace(At() + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)))}")];

    public string At(params string[] parts) => _folder.At(["apps", .. parts]);

    public void Create()
    {
        Directory.CreateDirectory(At());
        Own(At(), folder: true);
    }

    /// <summary>Writes a whole manifest.</summary>
    public void Put(string file, string program, string rest = "") =>
        Write(file, $"name: {Path.GetFileNameWithoutExtension(file)}\ncommand: [ {program} ]\n{rest}");

    public void Write(string file, string text)
    {
        File.WriteAllText(At(file), text);
        Own(At(file), folder: false);
    }

    /// <summary>Rights that do not hang on the umask of whoever runs the tests.</summary>
    public static void Own(string path, bool folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, folder ? (UnixFileMode)0b111_000_000 : (UnixFileMode)0b110_000_000);
        }
    }

    /// <summary>Looks as often as the catalog asks for until nothing is pending, and lets that time pass.</summary>
    public void Settle()
    {
        for (var i = 0; i < 20; i++)
        {
            var next = Catalog.Scan();
            if (next >= TimeSpan.FromSeconds(2))
            {
                return;
            }

            Time.Advance(next);
        }

        Assert.Fail("the catalog asks for another look again and again");
    }

    public void Dispose()
    {
        Catalog.Dispose();
        _folder.Dispose();
    }
}
