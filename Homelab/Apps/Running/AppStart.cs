using System.Collections.Immutable;

namespace Homelab.Apps.Running;

/// <summary>How one app is started now, with everything resolved.</summary>
/// <param name="Name">The app's.</param>
/// <param name="Command">The program's full path and its arguments, placeholders filled.</param>
/// <param name="WorkingDirectory">Must be there.</param>
/// <param name="Environment">The whole environment.</param>
/// <param name="Port">At which it is to listen, on loopback.</param>
/// <param name="Health">A path that answers 2xx once it is ready; null: it is ready when it accepts connections.</param>
/// <param name="StartTimeout">How long it may take until then.</param>
/// <param name="LogPath">Where its output goes.</param>
/// <param name="Owner">The mark in <paramref name="Environment"/> by which its processes are found again, wherever they fled to; null: none.</param>
/// <param name="Guard">See <see cref="Processes.ChildProcessStart.Guard"/>.</param>
internal sealed record AppStart(
    string Name,
    ImmutableArray<string> Command,
    string WorkingDirectory,
    IReadOnlyDictionary<string, string> Environment,
    int Port,
    string? Health,
    TimeSpan StartTimeout,
    string LogPath,
    AppOwner? Owner = null,
    string? Guard = null);
