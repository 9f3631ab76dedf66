namespace Homelab.Engines.Ollama;

/// <summary>A folder that an archive is unpacked into. Whatever the archive says, nothing is written outside it, and no link leads out of it.</summary>
internal sealed class ArchiveFolder(string root)
{
    private const int MaximumEntries = 20_000;
    private const long MaximumBytes = 32L << 30;

    private readonly HashSet<string> _links = new(StringComparer.OrdinalIgnoreCase);
    private int _entries;
    private long _bytes;

    /// <summary>Makes a folder.</summary>
    public void AddFolder(string name)
    {
        if (Resolve(name) is { } path)
        {
            Directory.CreateDirectory(path);
        }
    }

    /// <summary>Writes a file. Of its mode only who may execute it is kept.</summary>
    public async Task AddFileAsync(string name, bool executable, Stream content, CancellationToken cancellation)
    {
        var path = Resolve(name) ?? throw Hostile(name, "has no name");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            options.UnixCreateMode = executable ? Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : Plain;
        }

        if (Path.Exists(path))
        {
            throw Hostile(name, "comes twice");
        }

        await using var file = new FileStream(path, options);
        var buffer = new byte[256 << 10];
        while (await content.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            _bytes += read;
            if (_bytes > MaximumBytes)
            {
                throw Hostile(name, "unpacks to more than it can be");
            }

            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }

    /// <summary>Makes a symbolic link whose target, seen from where it lies, is inside.</summary>
    public void AddSymbolicLink(string name, string target)
    {
        var path = Resolve(name) ?? throw Hostile(name, "has no name");
        var relative = Path.GetRelativePath(root, Path.GetDirectoryName(path)!);
        if (Inside(Path.Combine(relative, target)) is null || Path.IsPathRooted(target))
        {
            throw Hostile(name, $"is a link to {target}, outside the archive");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (Path.Exists(path) || !_links.Add(path))
        {
            throw Hostile(name, "comes twice");
        }

        File.CreateSymbolicLink(path, target);
    }

    /// <summary>Makes another name for a file that was unpacked before.</summary>
    public void AddHardLink(string name, string target)
    {
        var path = Resolve(name) ?? throw Hostile(name, "has no name");
        var source = Resolve(target) ?? throw Hostile(name, "links to nothing");
        if (!File.Exists(source) || _links.Contains(source) || Path.Exists(path))
        {
            throw Hostile(name, $"is a link to {target}, which is no file of the archive");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(source, path);
    }

    /// <summary>For members that an archive of programs has no business to hold.</summary>
    public static InstallException Hostile(string name, string what)
    {
        var shown = OllamaErrors.Clean(name.Length > 200 ? name[..200] : name);
        return new InstallException($"the archive is not to be trusted: '{shown}' {what}; nothing was installed");
    }

    private string? Resolve(string name)
    {
        if (++_entries > MaximumEntries)
        {
            throw Hostile(name, "is one member too many");
        }

        if (name.Contains('\0', StringComparison.Ordinal) || name.Contains('\\', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal) || Path.IsPathRooted(name))
        {
            throw Hostile(name, "has a name that leads elsewhere");
        }

        var relative = Inside(name) ?? throw Hostile(name, "has a name that leads outside");
        if (relative.Length == 0)
        {
            return null;
        }

        // A member behind a link would be written where the link leads.
        var path = root;
        foreach (var part in relative.Split('/')[..^1])
        {
            path = Path.Combine(path, part);
            if (_links.Contains(path))
            {
                throw Hostile(name, "lies behind a link");
            }
        }

        return Path.Combine(path, relative.Split('/')[^1]);
    }

    // The path with "." and ".." worked out by the text alone; null where it leaves the root on its way.
    private static string? Inside(string relative)
    {
        var parts = new List<string>();
        foreach (var part in relative.Split('/', Path.DirectorySeparatorChar))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }
}
