using System.Runtime.InteropServices;

namespace Homelab.Tests.Persistence.Sqlite;

/// <summary>A small disk of its own, in memory, at a folder; gone when disposed. Needs Linux and root.</summary>
internal sealed class TemporaryMount : IDisposable
{
    private const nuint ReadOnly = 1;
    private const nuint Remount = 32;
    private const int Detach = 2;

    private readonly string _folder;

    public TemporaryMount(string folder, int megabytes)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        if (Mount("tmpfs", folder, "tmpfs", 0, $"size={megabytes}m") != 0)
        {
            throw new IOException($"cannot mount: error {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Null where it works here, else why not.</summary>
    public static string? SkipReason { get; } = Try();

    public void SetReadOnly(bool on) => Assert.Equal(0, Mount("tmpfs", _folder, "tmpfs", Remount | (on ? ReadOnly : 0), null));

    /// <summary>Writes a file until nothing more fits.</summary>
    public static void Fill(string file)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (var block = new byte[512]; ;)
            {
                stream.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Dispose()
    {
        if (Unmount(_folder, Detach) != 0)
        {
            throw new IOException($"cannot unmount: error {Marshal.GetLastPInvokeError()}");
        }
    }

    private static string? Try()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "needs Linux: it mounts a small disk";
        }

        var folder = Directory.CreateTempSubdirectory("homelab-mount");
        try
        {
            new TemporaryMount(folder.FullName, 1).Dispose();
            return null;
        }
        catch (IOException)
        {
            return "needs root: it mounts a small disk";
        }
        finally
        {
            folder.Delete();
        }
    }

    [DllImport("libc", EntryPoint = "mount", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Mount(string source, string target, string type, nuint flags, string? data);

    [DllImport("libc", EntryPoint = "umount2", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Unmount(string target, int flags);
}
