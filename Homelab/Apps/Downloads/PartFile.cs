using System.Text.Json;
using Homelab.Persistence;

namespace Homelab.Apps.Downloads;

/// <summary>The beginning of a file, and beside it what it belongs to; both outlive the process. Facts are written only when no byte of another version is in the part.</summary>
internal sealed class PartFile(string folder, string key, DownloadOptions options)
{
    private string FactsPath { get; } = System.IO.Path.Combine(folder, key + ".json");

    public string Path { get; } = System.IO.Path.Combine(folder, key + ".part");

    /// <summary>Bytes that are here.</summary>
    public long Length => new FileInfo(Path) is { Exists: true } file ? file.Length : 0;

    /// <summary>What they belong to; null: not known.</summary>
    public PartFacts? ReadFacts()
    {
        try
        {
            return AtomicFile.Read(FactsPath) is { } bytes ? JsonSerializer.Deserialize(bytes, DownloadsJson.Default.PartFacts) : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Opens it for writing from <paramref name="start"/> on; from 0 on, what was here is gone before <paramref name="facts"/> of another version can be taken for its.</summary>
    public Stream Open(long start, PartFacts facts) => DiskFailure.Guard(Path, () =>
    {
        var stream = options.OpenPart(Path, start);
        try
        {
            AtomicFile.Replace(FactsPath, JsonSerializer.SerializeToUtf8Bytes(facts, DownloadsJson.Default.PartFacts));
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    });

    /// <summary>Says that somebody wants it, so that it is not cleared away.</summary>
    public void Touch(DateTimeOffset now) => DiskFailure.Guard(Path, () =>
    {
        foreach (var path in new[] { Path, FactsPath }.Where(File.Exists))
        {
            File.SetLastWriteTimeUtc(path, now.UtcDateTime);
        }
    });

    public void Discard() => DiskFailure.Guard(Path, () =>
    {
        File.Delete(Path);
        File.Delete(FactsPath);
    });

    /// <summary>Forgets what belongs to it, after it became a file of its own.</summary>
    public void DiscardFacts() => DiskFailure.Guard(FactsPath, () => File.Delete(FactsPath));

    /// <summary>The real disk: unbuffered, so that what was read is the kernel's at once and survives our own end.</summary>
    public static Stream Open(string path, long start)
    {
        var how = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new FileStream(path, how);
        if (file.Length != start)
        {
            file.SetLength(start);
            file.Flush(flushToDisk: true);
        }

        file.Position = start;
        return file;
    }
}
