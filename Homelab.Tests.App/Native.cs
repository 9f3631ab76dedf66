using System.Runtime.InteropServices;

namespace Homelab.Tests.App;

/// <summary>What a program does that does not want to be stopped.</summary>
internal static partial class Native
{
    /// <summary>A session of its own, out of reach of signals to the group.</summary>
    [LibraryImport("libc", EntryPoint = "setsid")]
    public static partial int LeaveSession();
}
