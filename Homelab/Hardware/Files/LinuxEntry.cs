using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Homelab.Hardware.Files;

/// <summary>Opens by <c>openat2</c> with <c>RESOLVE_BENEATH</c>: the kernel itself follows links that stay below the root, and none that leaves it, also while
/// somebody exchanges them. What was opened is known by its descriptor's own link in <c>/proc</c>, and read by it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxEntry : OpenedEntry
{
    private const ulong Beneath = 0x08, NoMagicLinks = 0x02;
    private const int Tries = 8;

    // proc, sysfs, debugfs, tracefs, securityfs, selinuxfs, smackfs, cgroup, cgroup2, pstore, bpf, configfs, efivarfs, devpts, binderfs, mqueue, nsfs, pipefs, sockfs
    private static readonly FrozenSet<ulong> Kernels =
        new ulong[] { 0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x73636673, 0xf97cff8c, 0x43415d53, 0x27e0eb, 0x63677270, 0x6165676c, 0xcafe4a11, 0x62656570, 0xde5e81e4, 0x1cd1, 0x6c6f6f70, 0x19800202, 0x6e736673, 0x50495045, 0x534f434b }.ToFrozenSet();

    private readonly SafeFileHandle _held;

    private LinuxEntry(SafeFileHandle held) => _held = held;

    /// <summary>Null where the system cannot do it.</summary>
    /// <inheritdoc cref="OpenedEntry.Open"/>
    public static OpenedEntry? TryOpenBelow(string root, IReadOnlyList<string> way)
    {
        using var folder = UnixCalls.OpenPath(UnixCalls.WorkingFolder, root, 0);
        if (folder is null)
        {
            return Marshal.GetLastPInvokeError() is UnixCalls.LinuxNoSuchCall or UnixCalls.NotPermitted ? null : throw Refused();
        }

        if (LinkOf(folder) is not { } rootPath)
        {
            // No /proc here, and so no name of what was opened.
            return null;
        }

        SafeFileHandle? held = null;
        for (var i = 0; held is null; i++)
        {
            held = UnixCalls.OpenPath((int)folder.DangerousGetHandle(), way.Count == 0 ? "." : string.Join('/', way), Beneath | NoMagicLinks);

            // The kernel says so where something was renamed while it looked.
            if (held is null && (Marshal.GetLastPInvokeError() != UnixCalls.LinuxTryAgain || i == Tries))
            {
                throw Refused();
            }
        }

        try
        {
            return Of(held, rootPath);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether what is held lies in a file system that no disk is behind.</summary>
    public static bool IsOfKernel(SafeFileHandle held) => Kernels.Contains(UnixCalls.FileSystemOf(held));

    public override SafeFileHandle OpenRead() => UnixCalls.Open(UnixCalls.WorkingFolder, NameOf(_held), follow: true) ?? throw Refused();

    public override IEnumerable<(string Name, EntryFacts? Facts)> Entries() =>
        NamesIn(NameOf(_held)).Select(name => (name, UnixCalls.FactsOf((int)_held.DangerousGetHandle(), name)));

    public override void Dispose() => _held.Dispose();

    private static LinuxEntry Of(SafeFileHandle held, string rootPath)
    {
        if (UnixCalls.FactsOf(held) is not { } facts || LinkOf(held) is not { } path)
        {
            throw new OpenRefusedException(OpenProblem.Failed, "it cannot be looked at");
        }

        if (facts.IsRemoved)
        {
            throw new OpenRefusedException(OpenProblem.NotFound);
        }

        var prefix = rootPath.EndsWith('/') ? rootPath : rootPath + '/';
        if (path != rootPath && !path.StartsWith(prefix, StringComparison.Ordinal))
        {
            throw new OpenRefusedException(OpenProblem.LeavesRoot);
        }

        return new LinuxEntry(held)
        {
            RootPath = rootPath,
            Way = path.Length <= prefix.Length ? [] : path[prefix.Length..].Split('/'),
            Facts = facts,
            IsKernels = IsOfKernel(held),
        };
    }

    private static string NameOf(SafeFileHandle held) => $"/proc/self/fd/{held.DangerousGetHandle()}";

    private static string? LinkOf(SafeFileHandle held) => new FileInfo(NameOf(held)).LinkTarget;

    private static OpenRefusedException Refused() => UnixEntry.Refused(Marshal.GetLastPInvokeError());
}
