using Homelab.Apps.Manifests;
using Homelab.Telemetry;

namespace Homelab.Apps.Downloads;

/// <summary>The folder of one app's files: names that stay inside it, on every system, and no symbolic link on the way.</summary>
internal sealed class AppFolder
{
    private readonly string _app;

    /// <exception cref="DownloadException">The app's name is no folder's name.</exception>
    public AppFolder(string root, string app)
    {
        if (AppName.Check(app) is not null)
        {
            throw new DownloadException($"'{Printable.OneLine(app, 80)}' cannot be the name of an app's folder");
        }

        _app = app;
        Path = System.IO.Path.Combine(root, app);
    }

    public string Path { get; }

    /// <summary>The full path of a file.</summary>
    /// <exception cref="DownloadException">It would leave the folder, or a link or a file is in its way.</exception>
    public string Resolve(string path)
    {
        if (AppFilePath.Check(path) is { } problem)
        {
            throw new DownloadException($"app {_app}: '{Printable.OneLine(path, 120)}' {problem}");
        }

        var parts = path.Split('/');
        RefuseLink(Path);
        var full = Path;
        for (var i = 0; i < parts.Length; i++)
        {
            full = System.IO.Path.Combine(full, parts[i]);
            RefuseLink(full);
            if (i < parts.Length - 1 ? File.Exists(full) : Directory.Exists(full))
            {
                throw new DownloadException($"app {_app}: '{Printable.OneLine(path, 120)}' cannot be made: {Printable.OneLine(full, 300)} is {(i < parts.Length - 1 ? "a file" : "a folder")}; remove it or give another path");
            }
        }

        return full;
    }

    /// <summary>Makes the folders above a file, open to nobody else.</summary>
    public static void Make(string folder) => DiskFailure.Guard(folder, () =>
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    });

    private void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new DownloadException($"app {_app}: {Printable.OneLine(path, 300)} is a symbolic link, and files are not put through links; remove it");
        }
    }
}
