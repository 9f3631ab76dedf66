using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using ZstdSharp;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>Archives as releases have them, and as an attacker would.</summary>
internal static class TestArchive
{
    public static byte[] Tar(params TarEntry[] entries)
    {
        var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }

    public static TarEntry File(string name, string text = "x", UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) =>
        new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)), Mode = mode };

    public static TarEntry Program(string name, string text) => File(name, text, (UnixFileMode)0b100_111_101_101);

    public static TarEntry Link(string name, string target, TarEntryType type = TarEntryType.SymbolicLink) => new PaxTarEntry(type, name) { LinkName = target };

    public static byte[] Zstd(byte[] content)
    {
        using var compressor = new Compressor(3);
        return compressor.Wrap(content).ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionMode.Compress))
        {
            gzip.Write(content);
        }

        return stream.ToArray();
    }

    /// <summary>The layout of a Linux release.</summary>
    public static byte[] Release(string version = "0.32.15", int padding = 0) => Tar(
        new PaxTarEntry(TarEntryType.Directory, "bin/"),
        Program("bin/ollama", $"#!/bin/sh\necho {version}\n"),
        File("lib/ollama/libggml-base.so.0.0.0", new string('z', padding)),
        Link("lib/ollama/libggml-base.so.0", "libggml-base.so.0.0.0"),
        Link("lib/ollama/libggml-base.so", "libggml-base.so.0"));
}
