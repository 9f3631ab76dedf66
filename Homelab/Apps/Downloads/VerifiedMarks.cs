using System.Text.Json;
using Homelab.Persistence;

namespace Homelab.Apps.Downloads;

/// <summary>Remembers which files were found to be right, so that ten gigabytes are not read at every start. A mark counts only while its file's size and time are what they were;
/// marks that are lost cost a reading, no more. Safe for several threads.</summary>
internal sealed class VerifiedMarks
{
    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly string _path;
    private readonly Dictionary<string, VerifiedMark> _marks;

    /// <param name="folder">The folder of all apps' files.</param>
    /// <param name="path">Where the marks are kept.</param>
    public VerifiedMarks(string folder, string path)
    {
        _folder = folder;
        _path = path;
        _marks = Read(path);
        foreach (var name in _marks.Where(mark => !File.Exists(Path.Combine(folder, mark.Key))).Select(mark => mark.Key).ToList())
        {
            _marks.Remove(name);
        }
    }

    /// <summary>The mark of a file, whether or not it was touched since.</summary>
    public VerifiedMark? Of(string app, string path)
    {
        lock (_lock)
        {
            return _marks.GetValueOrDefault(Name(app, path));
        }
    }

    /// <summary>Apps and paths of untouched files with a sum.</summary>
    public IReadOnlyList<(string App, string Path)> With(string sha256)
    {
        lock (_lock)
        {
            return [.. from mark in _marks
                       where mark.Value.Sha256.Equals(sha256, StringComparison.OrdinalIgnoreCase) && mark.Value.IsOf(new FileInfo(Path.Combine(_folder, mark.Key)))
                       let name = mark.Key.Split('/', 2)
                       select (name[0], name[1])];
        }
    }

    /// <summary>Marks a file as it is now.</summary>
    public void Set(string app, string path, string key, string sha256)
    {
        var file = new FileInfo(Path.Combine(_folder, app, path));
        lock (_lock)
        {
            _marks[Name(app, path)] = new VerifiedMark(key, sha256.ToLowerInvariant(), file.Length, file.LastWriteTimeUtc.Ticks);
            DiskFailure.Guard(_path, () => AtomicFile.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(_marks, DownloadsJson.Default.DictionaryStringVerifiedMark)));
        }
    }

    private static string Name(string app, string path) => app + "/" + path;

    private static Dictionary<string, VerifiedMark> Read(string path)
    {
        try
        {
            var marks = AtomicFile.Read(path) is { } bytes ? JsonSerializer.Deserialize(bytes, DownloadsJson.Default.DictionaryStringVerifiedMark) : null;
            return marks?.Where(mark => mark.Key.Contains('/') && mark.Value is { Key: not null, Sha256: not null }).ToDictionary() ?? [];
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
