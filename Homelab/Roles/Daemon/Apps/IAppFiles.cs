using System.Collections.Immutable;
using Homelab.Apps.Manifests;
using Homelab.Contracts;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>Fetches what apps' manifests ask for.</summary>
internal interface IAppFiles
{
    /// <summary>The folder of an app's files.</summary>
    string FolderOf(string app);

    /// <summary>Returns once all of an app's files are there and verified.</summary>
    /// <returns>Why they cannot be had, for people; null: they are there.</returns>
    /// <exception cref="OperationCanceledException">Asked to end; what was fetched stays for the next time.</exception>
    Task<string?> EnsureAsync(AppManifest manifest, CancellationToken cancellation);

    /// <summary>What is on its way for an app.</summary>
    ImmutableArray<AppFileWire> Running(string app);
}
