using System.Globalization;

namespace Homelab.Processes;

/// <summary>Our own executable as the first moment of a child on Linux: it has the kernel kill it when the thread that started it is gone, however that comes, and then becomes the
/// program that was asked for. <c>posix_spawn</c> cannot set that (<c>prctl(2)</c>, PR_SET_PDEATHSIG). It costs nothing once the program runs.</summary>
internal static class ChildGuard
{
    private const string Word = "run-child";

    // As shells say it: found but not to be run, and not found.
    private const int CannotRun = 126;
    private const int NotFound = 127;
    private const int NoSuchFile = 2;

    /// <summary>The arguments that make our executable start a program under guard.</summary>
    public static IReadOnlyList<string> Arguments(string program, IReadOnlyList<string> arguments) =>
        [Word, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), program, .. arguments];

    /// <summary>Becomes the program that the arguments name; does not return then.</summary>
    /// <returns>The exit code where that cannot be done; null where the arguments ask for something else.</returns>
    public static int? TryRun(string[] arguments)
    {
        if (arguments is not [Word, var parent, var program, ..] || !OperatingSystem.IsLinux() || !int.TryParse(parent, NumberStyles.None, CultureInfo.InvariantCulture, out var daemon))
        {
            return null;
        }

        if (!PosixNative.DieWithParent() || PosixNative.ParentId() != daemon)
        {
            // The daemon was gone before the kernel could be told.
            return CannotRun;
        }

        PosixNative.ResetSignals();
        var error = PosixNative.Become(program, arguments[2..]);
        Console.Error.WriteLine($"homelab: cannot run {program}: {PosixProcessTree.Reason(error)}");
        return error == NoSuchFile ? NotFound : CannotRun;
    }
}
