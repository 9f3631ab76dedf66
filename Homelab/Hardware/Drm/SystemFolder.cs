using System.Globalization;
using System.Text;

namespace Homelab.Hardware.Drm;

/// <summary>A folder of small files that the kernel writes as they are read (sysfs). A file that is missing, or that a driver cannot serve now, is null.</summary>
/// <param name="Path">Of the folder, which may be missing too.</param>
internal readonly record struct SystemFolder(string Path)
{
    private const int LongestFile = 1 << 12;

    public SystemFolder Into(string name) => new(System.IO.Path.Combine(Path, name));

    public bool Has(string name) => File.Exists(System.IO.Path.Combine(Path, name));

    /// <summary>The first bytes of a file.</summary>
    public byte[]? Bytes(string name)
    {
        Span<byte> buffer = stackalloc byte[LongestFile];
        return Read(name, buffer) is >= 0 and var length ? buffer[..length].ToArray() : null;
    }

    /// <summary>A file's text without the white space around it; null where there is none.</summary>
    public string? Text(string name)
    {
        Span<byte> buffer = stackalloc byte[LongestFile];
        return Read(name, buffer) is > 0 and var length && Encoding.UTF8.GetString(buffer[..length]).Trim() is { Length: > 0 } text ? text : null;
    }

    /// <summary>A file with one number, decimal or with 0x before it.</summary>
    public long? Number(string name) => Text(name) switch
    {
        null => null,
        var text when text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex) ? hex : null,
        var text => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null,
    };

    /// <summary>The value behind a key in the text of a file of lines, such as <c>uevent</c> ("KEY=value") or KFD's properties ("key value").</summary>
    public static string? Value(string? text, string key, char separator)
    {
        foreach (var line in (text ?? "").AsSpan().EnumerateLines())
        {
            if (line.Length > key.Length && line.StartsWith(key, StringComparison.Ordinal) && line[key.Length] == separator)
            {
                return line[(key.Length + 1)..].Trim().ToString();
            }
        }

        return null;
    }

    /// <summary>The folders in it, those that are links included, in order of name; none where it cannot be read.</summary>
    public IReadOnlyList<SystemFolder> Folders()
    {
        try
        {
            return [.. Directory.EnumerateDirectories(Path).Order(StringComparer.Ordinal).Select(path => new SystemFolder(path))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>How many bytes; -1 where there is no such file. Without a stream: a machine has dozens of these files and they are read every few seconds.</summary>
    private int Read(string name, Span<byte> buffer)
    {
        try
        {
            using var file = File.OpenHandle(System.IO.Path.Combine(Path, name));
            return RandomAccess.Read(file, buffer, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return -1;
        }
    }
}
