namespace Homelab.Tests.Processes;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("homelab-test-").FullName;

    public string At(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Writes an executable shell script.</summary>
    public string Script(string name, string text)
    {
        File.WriteAllText(At(name), "#!/bin/sh\n" + text.ReplaceLineEndings("\n") + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At(name), (UnixFileMode)0b111_101_101);
        }

        return At(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
