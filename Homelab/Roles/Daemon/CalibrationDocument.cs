using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon;

/// <summary>The learnt corrections of the memory estimate as they are kept in <c>state/calibration.json</c>.</summary>
internal sealed class CalibrationDocument
{
    /// <summary>Raised when the meaning of a field changes; a document of another version is ignored.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; set; } = CurrentVersion;
}
