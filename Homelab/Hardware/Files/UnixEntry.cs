using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Homelab.Hardware.Files;

/// <summary>Opens part by part, each relative to the folder that is held, and follows no link at all: for macOS, and for Linux where there is nothing better.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixEntry : OpenedEntry
{
    private readonly SafeFileHandle _held;

    private UnixEntry(SafeFileHandle held) => _held = held;

    /// <inheritdoc cref="OpenedEntry.Open"/>
    public static OpenedEntry OpenBelow(string root, IReadOnlyList<string> way)
    {
        var held = UnixCalls.Open(UnixCalls.WorkingFolder, root, follow: true) ?? throw Refused(Marshal.GetLastPInvokeError());
        try
        {
            var facts = FactsOf(held);
            foreach (var (i, name) in way.Index())
            {
                // Opening a device may do something; what is none now and becomes one before it is opened is told afterwards.
                facts = UnixCalls.FactsOf((int)held.DangerousGetHandle(), name) ?? throw Refused(Marshal.GetLastPInvokeError());
                if (facts.Kind is not (EntryKind.File or EntryKind.Folder))
                {
                    return facts.Kind == EntryKind.Link ? throw new OpenRefusedException(OpenProblem.NotFollowed)
                        : i == way.Count - 1 ? new UnixEntry(held) { RootPath = RealPath(root), Way = way, Facts = facts }
                        : throw new OpenRefusedException(OpenProblem.NotAFolder);
                }

                var next = UnixCalls.Open((int)held.DangerousGetHandle(), name, follow: false) ?? throw Refused(Marshal.GetLastPInvokeError());
                held.Dispose();
                held = next;
                facts = FactsOf(held);
            }

            var kernels = OperatingSystem.IsLinux() && LinuxEntry.IsOfKernel(held);
            return new UnixEntry(held) { RootPath = RealPath(root), Way = way, Facts = facts, IsKernels = kernels };
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What the system's number of an error says of the way.</summary>
    public static OpenRefusedException Refused(int error) => error switch
    {
        UnixCalls.NoSuchEntry or UnixCalls.LinuxNameTooLong or UnixCalls.MacNameTooLong => new OpenRefusedException(OpenProblem.NotFound),
        UnixCalls.NotAFolder => new OpenRefusedException(OpenProblem.NotAFolder),
        UnixCalls.CrossDevice => new OpenRefusedException(OpenProblem.LeavesRoot),
        UnixCalls.LinuxTooManyLinks or UnixCalls.MacTooManyLinks => new OpenRefusedException(OpenProblem.NotFollowed),
        UnixCalls.NoAccess or UnixCalls.NotPermitted => new OpenRefusedException(OpenProblem.NoPermission),
        _ => new OpenRefusedException(OpenProblem.Failed, Marshal.GetPInvokeErrorMessage(error)),
    };

    /// <summary>What was opened is open for reading already; a handle of its own can be disposed by itself.</summary>
    public override SafeFileHandle OpenRead() => new(_held.DangerousGetHandle(), ownsHandle: false);

    /// <summary>By the name of the folder, which is looked at once more afterwards: where it is another one by then, nothing of what was listed is given away.</summary>
    public override IEnumerable<(string Name, EntryFacts? Facts)> Entries()
    {
        var names = NamesIn(Path.Combine([RootPath, .. Way])).ToList();
        using var again = OpenBelow(RootPath, Way);
        return again.Facts.Identity == Facts.Identity
            ? names.Select(name => (name, UnixCalls.FactsOf((int)_held.DangerousGetHandle(), name)))
            : throw new OpenRefusedException(OpenProblem.NotFound);
    }

    public override void Dispose() => _held.Dispose();

    private static EntryFacts FactsOf(SafeFileHandle held) => UnixCalls.FactsOf(held) ?? throw Refused(Marshal.GetLastPInvokeError());

    private static string RealPath(string root) => Path.TrimEndingDirectorySeparator(new DirectoryInfo(root).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(root));
}
