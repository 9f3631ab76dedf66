namespace Homelab.Tests.Hardware;

/// <summary>A folder with the files of a recorded system, deleted with the test.</summary>
internal sealed class FileTree : IDisposable
{
    public FileTree(params ReadOnlySpan<(string Path, string Text)> files)
    {
        Root = Directory.CreateTempSubdirectory("homelab-tree-").FullName;
        foreach (var (path, text) in files)
        {
            var file = Path.Combine(Root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }

    public string Root { get; }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
