namespace Homelab.Tests.Architecture;

/// <summary>The working tree that these tests were built from, found upwards from the test assembly.</summary>
internal static class SourceTree
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every C# source under a folder of the tree, generated ones left out; path relative to <see cref="Root"/> with forward slashes, and text.</summary>
    public static IEnumerable<(string Path, string[] Lines)> Sources(string folder) =>
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !path.Split('/').Any(part => part is "bin" or "obj")
        orderby path
        select (path, File.ReadAllLines(file));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Homelab.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no Homelab.sln above {AppContext.BaseDirectory}");
    }
}
