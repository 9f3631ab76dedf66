using System.Runtime.Versioning;
using Homelab.Processes;

namespace Homelab.Apps.Manifests;

/// <summary>Gets the bytes of a manifest, and only of one that the user alone can have written: a manifest is a command that the daemon runs, so
/// it is held to what sshd asks of keys. A link is judged by what it leads to. Never waits: what is no regular file is not opened.</summary>
internal static class ManifestFile
{
    /// <summary>Largest manifest that is read.</summary>
    public const int MaximumBytes = 256 * 1024;

    /// <summary>The file's bytes; null where it is not read, and then <paramref name="problem"/> says why, as the end of a sentence that starts with the path.</summary>
    public static byte[]? Read(string path, out string? problem)
    {
        try
        {
            return OperatingSystem.IsWindows() ? ReadOnWindows(path, out problem) : ReadOnUnix(path, out problem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : e is UnauthorizedAccessException ? "cannot be read: permission denied" : "cannot be read";
            return null;
        }
    }

    /// <summary>What the file system says of what the path leads to; null where there is nothing that can be looked at.</summary>
    public static PosixFileFacts? Facts(string path) => OperatingSystem.IsWindows() ? WindowsFacts(path) : PosixFiles.Facts(path, out _);

    /// <summary>Why a file or folder may have been written by others, as the end of a sentence that starts with its path; null where it cannot.
    /// On Windows always null: rights are lists there and are inherited from the user's profile, which is closed to others.</summary>
    public static string? JudgeOwner(PosixFileFacts facts) => OperatingSystem.IsWindows() ? null : JudgeOwner(facts, PosixFiles.User, PrivateGroup.IsOf);

    /// <inheritdoc cref="JudgeOwner(PosixFileFacts)"/>
    /// <param name="facts">Of what the path leads to.</param>
    /// <param name="user">Whom this process acts for.</param>
    /// <param name="isPrivate">Whether nobody but a user is in a group: many distributions let a user's own group write all that the user makes.</param>
    public static string? JudgeOwner(PosixFileFacts facts, uint user, Func<uint, uint, bool> isPrivate) =>
        facts.Owner != user && facts.Owner != 0 ? "belongs to another user; whoever runs the daemon must own it"
        : (facts.Mode & UnixFileMode.OtherWrite) != 0 || ((facts.Mode & UnixFileMode.GroupWrite) != 0 && !isPrivate(user, facts.Group)) ? "can be written by others; run: chmod go-w on it"
        : null;

    [UnsupportedOSPlatform("windows")]
    private static byte[]? ReadOnUnix(string path, out string? problem)
    {
        // Opening a device may do something by itself, so it is looked at before; and after, because it may have been exchanged meanwhile.
        problem = PosixFiles.Facts(path, out var error) is not { } facts ? Reason(error) : Judge(facts);
        if (problem is not null)
        {
            return null;
        }

        using var held = PosixFiles.OpenRead(path, out error);
        problem = held is null || PosixFiles.Facts(held, out error) is not { } opened ? Reason(error) : Judge(opened);
        return problem is null ? ReadAll((buffer, offset) => RandomAccess.Read(held!, buffer.Span, offset), out problem) : null;
    }

    private static byte[]? ReadOnWindows(string path, out string? problem)
    {
        using var held = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return ReadAll((buffer, offset) => RandomAccess.Read(held, buffer.Span, offset), out problem);
    }

    private static byte[]? ReadAll(Func<Memory<byte>, long, int> read, out string? problem)
    {
        var buffer = new byte[MaximumBytes + 1];
        var count = 0;
        while (count < buffer.Length && read(buffer.AsMemory(count), count) is > 0 and var more)
        {
            count += more;
        }

        problem = count > MaximumBytes ? "is larger than 256 KiB" : null;
        return problem is null ? buffer[..count] : null;
    }

    private static string? Judge(PosixFileFacts facts) =>
        facts.Kind == PosixFileKind.Folder ? "is a folder, not a file"
        : facts.Kind != PosixFileKind.File ? "is not a regular file"
        : JudgeOwner(facts);

    [UnsupportedOSPlatform("windows")]
    private static string Reason(int error) => error switch
    {
        PosixFiles.NoSuchEntry or PosixFiles.NotAFolder => "does not exist, or is a link to something that does not",
        PosixFiles.LinuxTooManyLinks or PosixFiles.MacTooManyLinks => "is a link that leads in a circle",
        PosixFiles.NoAccess => "cannot be read: permission denied",
        _ => "cannot be read",
    };

    private static PosixFileFacts? WindowsFacts(string path)
    {
        try
        {
            FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            var modified = entry.Exists ? (entry.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks : 0;
            return !entry.Exists ? null
                : new PosixFileFacts(entry is FileInfo ? PosixFileKind.File : PosixFileKind.Folder, (entry as FileInfo)?.Length ?? 0, default, modified, modified, 0, 0, UnixFileMode.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
