using System.Formats.Tar;
using System.IO.Compression;
using ZstdSharp;

namespace Homelab.Engines.Ollama;

/// <summary>Unpacks the archives that releases come in: <c>.tar.zst</c>, <c>.tgz</c> and <c>.zip</c>.</summary>
internal static class ArchiveReader
{
    /// <summary>Unpacks into an empty folder.</summary>
    /// <exception cref="InstallException">The archive is broken, hostile, or does not fit on the disk.</exception>
    public static async Task UnpackAsync(string archive, string folder, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(folder);
            await using var file = File.OpenRead(archive);
            var target = new ArchiveFolder(folder);
            if (archive.EndsWith(".zip", StringComparison.Ordinal))
            {
                await UnzipAsync(file, target, cancellation);
                return;
            }

            await using Stream tar = archive.EndsWith(".zst", StringComparison.Ordinal) ? new DecompressionStream(file) : new GZipStream(file, CompressionMode.Decompress);
            await UntarAsync(tar, target, cancellation);
        }
        catch (Exception exception) when (exception is ZstdException or InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new InstallException($"{Path.GetFileName(archive)} is broken; nothing was installed", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"cannot unpack to {folder}: is the disk full?", exception);
        }
    }

    private static async Task UntarAsync(Stream stream, ArchiveFolder target, CancellationToken cancellation)
    {
        await using var tar = new TarReader(stream, leaveOpen: true);
        while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
        {
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    target.AddFolder(entry.Name);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    await target.AddFileAsync(entry.Name, (entry.Mode & UnixFileMode.UserExecute) != 0, entry.DataStream ?? Stream.Null, cancellation);
                    break;
                case TarEntryType.SymbolicLink:
                    target.AddSymbolicLink(entry.Name, entry.LinkName);
                    break;
                case TarEntryType.HardLink:
                    target.AddHardLink(entry.Name, entry.LinkName);
                    break;
                case TarEntryType.GlobalExtendedAttributes:
                    break;
                default:
                    throw ArchiveFolder.Hostile(entry.Name, $"is a {entry.EntryType}");
            }
        }
    }

    private static async Task UnzipAsync(Stream stream, ArchiveFolder target, CancellationToken cancellation)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        foreach (var entry in zip.Entries)
        {
            if (entry.FullName.EndsWith('/'))
            {
                target.AddFolder(entry.FullName);
                continue;
            }

            // The upper half holds a Unix mode: 0xA000 marks a link, 0x40 says that the owner may execute.
            var mode = entry.ExternalAttributes >>> 16;
            if ((mode & 0xF000) == 0xA000)
            {
                throw ArchiveFolder.Hostile(entry.FullName, "is a link");
            }

            await using var content = entry.Open();
            await target.AddFileAsync(entry.FullName, (mode & 0x40) != 0, content, cancellation);
        }
    }
}
