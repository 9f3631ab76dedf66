using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Homelab.Persistence;

/// <summary>One file that is replaced as a whole: after a crash, a full disk or a flipped bit, reading it gives the last content that was
/// written whole or the one before, never a mixture. One writer at a time; its callers see to that.</summary>
/// <remarks>The first line holds a checksum of the rest (against accidents; a cryptographic one would load OpenSSL, 3 MB of memory, for nothing); the content before the last write stays as <c>.bak</c>. The folder itself is not
/// flushed (that takes native code), so that a power cut may also take back the last write as a whole.</remarks>
internal sealed class CheckedFile
{
    /// <summary>Largest content that is written or read.</summary>
    public const int MaximumBytes = AtomicFile.MaximumBytes - LongestHeader;

    private const int LongestHeader = 128;

    private readonly string _path;
    private readonly ReplaceFile _replace;

    /// <summary>Touches nothing yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="replace">How files are replaced; tests give disks that fail.</param>
    public CheckedFile(string path, ReplaceFile? replace = null)
    {
        _path = path;
        _replace = replace ?? AtomicFile.Replace;
    }

    /// <summary>Where the content before the last write stays.</summary>
    public string PreviousPath => _path + ".bak";

    /// <summary>The newest content that is whole, and what was wrong on the way to it. Never throws for what the disk holds or refuses.</summary>
    public CheckedFileReading Read()
    {
        var current = ReadWhole(_path, out var missing, out var problem);
        if (current is not null)
        {
            return new CheckedFileReading(Content(current), null, FromPrevious: false);
        }

        var previous = ReadWhole(PreviousPath, out var missingToo, out var secondProblem);
        if (missing && missingToo)
        {
            return new CheckedFileReading(null, null, FromPrevious: false);
        }

        problem ??= $"{_path} is missing";
        return previous is not null
            ? new CheckedFileReading(Content(previous), $"{problem}; the content before it is used", FromPrevious: true)
            : new CheckedFileReading(null, secondProblem is null ? problem : $"{problem}; {secondProblem}", FromPrevious: false);
    }

    /// <summary>Replaces the content and returns when it is on the disk.</summary>
    /// <exception cref="IOException">It could not; what was there can still be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not; what was there can still be read.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaximumBytes);
        // What is broken may not take the place of a previous content that is whole.
        if (ReadWhole(_path, out _, out _) is { } current)
        {
            _replace(PreviousPath, current);
        }

        _replace(_path, [.. Header(content), .. content]);
    }

    /// <summary>Any change to any byte of a file makes this differ from the file's own first line.</summary>
    private static byte[] Header(ReadOnlySpan<byte> content) => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"homelab-state 2 {content.Length} {Convert.ToHexStringLower(XxHash128.Hash(content))}\n"));

    private static byte[] Content(byte[] whole) => whole[(whole.AsSpan().IndexOf((byte)'\n') + 1)..];

    private static byte[]? ReadWhole(string file, out bool missing, out string? problem)
    {
        missing = false;
        problem = null;
        try
        {
            if (AtomicFile.Read(file) is not { } bytes)
            {
                missing = true;
                return null;
            }

            var end = bytes.AsSpan().IndexOf((byte)'\n') + 1;
            if (end > 0 && bytes.AsSpan(0, end).SequenceEqual(Header(bytes.AsSpan(end))))
            {
                return bytes;
            }

            problem = $"{file} is damaged";
        }
        catch (FileNotFoundException)
        {
            missing = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"{file} cannot be read: {DiskError.Describe(e)}";
        }

        return null;
    }
}
