namespace Homelab.Persistence;

/// <summary>Reads and replaces whole files so that a crash leaves either the old content or the new. Files are the user's alone (0600, folders 0700).</summary>
internal static class AtomicFile
{
    /// <summary>Largest file that is read.</summary>
    public const int MaximumBytes = 16 << 20;

    /// <summary>The content; null where there is no such file.</summary>
    /// <exception cref="IOException">It cannot be read, or is larger than <see cref="MaximumBytes"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[]? Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        return file.Length <= MaximumBytes ? File.ReadAllBytes(path) : throw new IOException($"it is larger than {MaximumBytes} bytes");
    }

    /// <summary>Replaces the content: written beside the file, flushed to the disk, then renamed over it.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be made; the old content stands.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; the old content stands.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var temporary = path + ".new";
        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
