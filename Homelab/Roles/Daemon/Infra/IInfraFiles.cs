using Homelab.Contracts;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>Reads files below a root. A call may hang as long as a file system does; any thread.</summary>
internal interface IInfraFiles
{
    /// <summary>One folder.</summary>
    /// <exception cref="InfraException">It is not shown.</exception>
    InfraListWire List(InfraRoot root, string? path);

    /// <summary>A window of one file.</summary>
    /// <param name="root">Which root.</param>
    /// <param name="path">Below it.</param>
    /// <param name="offset">Where to begin, in bytes; a negative one counts from the end, and then the window begins with a line.</param>
    /// <exception cref="InfraException">It is not shown.</exception>
    InfraFileWire Read(InfraRoot root, string? path, long offset);
}
