using Microsoft.Win32.SafeHandles;

namespace Homelab.Hardware.Files;

/// <summary>A file or folder that was opened below a root. It is held, so that what is checked of it holds for what is read of it, whatever happens to its
/// name meanwhile. Nothing was read yet, and a pipe or device was not even opened for reading. Calls may hang as long as the file system does.</summary>
internal abstract class OpenedEntry : IDisposable
{
    /// <summary>Where the root really is, after its links.</summary>
    public required string RootPath { get; init; }

    /// <summary>The way below the root to what was really opened, after links; empty: the root itself.</summary>
    public required IReadOnlyList<string> Way { get; init; }

    public required EntryFacts Facts { get; init; }

    /// <summary>Whether it is no file of a disk but a window into the kernel (<c>/proc</c>, <c>/sys</c> and the like).</summary>
    public bool IsKernels { get; init; }

    /// <summary>Opens below a root.</summary>
    /// <param name="root">Absolute; links in it are followed, since who configured it wrote them.</param>
    /// <param name="way">Names of entries, none of them empty, <c>.</c> or <c>..</c>, none with a separator.</param>
    /// <exception cref="OpenRefusedException">Nothing was opened.</exception>
    public static OpenedEntry Open(string root, IReadOnlyList<string> way)
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsEntry.OpenBelow(root, way);
        }

        // Kernels before 5.6 and some sandboxes do not have the call by which links can be followed safely.
        return (OperatingSystem.IsLinux() ? LinuxEntry.TryOpenBelow(root, way) : null) ?? UnixEntry.OpenBelow(root, way);
    }

    /// <summary>Opens a file for reading; the caller disposes it.</summary>
    /// <exception cref="OpenRefusedException">It may not be read.</exception>
    public abstract SafeFileHandle OpenRead();

    /// <summary>The entries of a folder in no order; facts are null where an entry went meanwhile or cannot be looked at.</summary>
    /// <exception cref="OpenRefusedException">It may not be listed.</exception>
    public abstract IEnumerable<(string Name, EntryFacts? Facts)> Entries();

    public abstract void Dispose();

    /// <summary>Names in a folder, as the system gives them.</summary>
    protected static IEnumerable<string> NamesIn(string folder)
    {
        try
        {
            // Made here and not lazily: opening is what may be refused.
            return new System.IO.Enumeration.FileSystemEnumerable<string>(folder, static (ref entry) => entry.FileName.ToString(), new EnumerationOptions { AttributesToSkip = 0 });
        }
        catch (UnauthorizedAccessException)
        {
            throw new OpenRefusedException(OpenProblem.NoPermission);
        }
        catch (DirectoryNotFoundException)
        {
            throw new OpenRefusedException(OpenProblem.NotFound);
        }
    }
}
