using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Homelab.Engines.Ollama;

/// <summary>Downloads one file so that a cut transfer, or a daemon that was stopped, goes on where it was, and checks it against its sum before anybody uses it.</summary>
internal sealed class ResumableDownload(ReleaseHttp http, TimeProvider time)
{
    /// <summary>Largest file that is accepted.</summary>
    public const long MaximumSize = 16L << 30;

    // Tries in a row that bring nothing; a try that brings something starts the count anew.
    private const int MaximumFruitless = 5;

    /// <summary>Returns when <paramref name="path"/> holds the file with that sum.</summary>
    /// <exception cref="InstallException">It cannot be had. What was transferred stays for the next time, unless its sum is wrong.</exception>
    public async Task FetchAsync(Uri address, string path, string sha256, Action<InstallProgress> progress, CancellationToken cancellation)
    {
        OnDisk(path, () => Directory.CreateDirectory(Path.GetDirectoryName(path)!));
        var step = $"downloading {Path.GetFileName(path)}";
        for (var fruitless = 0; ; fruitless++)
        {
            var before = Length(path);
            try
            {
                await TransferAsync(address, path, step, progress, cancellation);
                break;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                fruitless = Length(path) > before ? 0 : fruitless;
                if (fruitless + 1 >= MaximumFruitless)
                {
                    throw new InstallException($"the download of {address} was cut off again and again; it goes on from byte {Length(path)} next time", exception);
                }

                progress(new InstallProgress($"{step}: cut off, trying again", Length(path)));
                await Task.Delay(TimeSpan.FromSeconds(1 << fruitless), time, cancellation);
            }
        }

        progress(new InstallProgress($"checking {Path.GetFileName(path)}", Length(path), Length(path)));
        await using var file = File.OpenRead(path);
        var sum = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        if (sum != sha256)
        {
            file.Close();
            Discard(path);
            throw new InstallException($"{address} is not what its release says: sha256 is {sum}, should be {sha256}; it was deleted");
        }
    }

    /// <summary>Deletes a download.</summary>
    public static void Discard(string path)
    {
        File.Delete(path);
        File.Delete(TagPath(path));
    }

    private async Task TransferAsync(Uri address, string path, string step, Action<InstallProgress> progress, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(address, Length(path), ReadTag(path), cancellation);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // There is as much as the server has, or more: the sum decides which.
            if (response.Content.Headers.ContentRange?.Length == Length(path))
            {
                return;
            }

            Discard(path);
            throw new HttpIOException(HttpRequestError.InvalidResponse, "what is there is not the beginning of what the server has");
        }

        ReleaseHttp.Ensure(address, response);
        var start = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == Length(path) ? Length(path) : 0;
        if (response.StatusCode == HttpStatusCode.PartialContent && start == 0)
        {
            Discard(path);
            throw new HttpIOException(HttpRequestError.InvalidResponse, "the server sent another part than was asked for");
        }

        var total = response.Content.Headers.ContentLength is { } rest ? start + rest : response.Content.Headers.ContentRange?.Length ?? 0;
        if (total > MaximumSize)
        {
            throw new InstallException($"{address} is larger than it can be");
        }

        CheckRoom(path, total - start, total);
        await using var file = OnDisk(path, () =>
        {
            WriteTag(path, response.Headers.ETag);
            return new FileStream(path, start > 0 ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        });
        await CopyAsync(response, file, start, total, step, progress, cancellation);
    }

    private async Task CopyAsync(HttpResponseMessage response, FileStream file, long start, long total, string step, Action<InstallProgress> progress, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[256 << 10];
        var (began, bytes) = (time.GetTimestamp(), start);
        while (await http.ReadAsync(stream, buffer, cancellation) is > 0 and var read)
        {
            bytes += read;
            if (bytes > (total > 0 ? total : MaximumSize))
            {
                throw new InstallException($"{file.Name} is larger than announced");
            }

            OnDisk(file.Name, () =>
            {
                file.Write(buffer.AsSpan(0, read));
                return true;
            });
            var seconds = time.GetElapsedTime(began).TotalSeconds;
            progress(new InstallProgress(step, bytes, total, seconds > 0 ? (bytes - start) / seconds : 0));
        }

        if (bytes < total)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, "the transfer was cut off");
        }
    }

    // The archive and what it unpacks to, which is about three times its size.
    private static void CheckRoom(string path, long missing, long total)
    {
        var free = OnDisk(path, () => new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace);
        if (free < missing + (3 * total))
        {
            throw new InstallException($"not enough disk space at {Path.GetDirectoryName(path)}: {(missing + (3 * total)) >> 20} MiB needed, {free >> 20} MiB free");
        }
    }

    // A disk that takes no more is no cut transfer: trying again would not help.
    private static T OnDisk<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"cannot write {path}: is the disk full, or the folder not ours?", exception);
        }
    }

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static string TagPath(string path) => path + ".etag";

    private static EntityTagHeaderValue? ReadTag(string path) =>
        File.Exists(TagPath(path)) && EntityTagHeaderValue.TryParse(File.ReadAllText(TagPath(path)), out var tag) && !tag.IsWeak ? tag : null;

    private static void WriteTag(string path, EntityTagHeaderValue? tag)
    {
        if (tag is null)
        {
            File.Delete(TagPath(path));
        }
        else
        {
            File.WriteAllText(TagPath(path), tag.ToString());
        }
    }
}
