using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>One device as the scheduler sees it. Always <c>UsedByOthers &lt;= Total</c>.</summary>
/// <param name="Name">Unique on the node.</param>
/// <param name="Kind">What memory it is.</param>
/// <param name="Total">Bytes that can be used at all.</param>
/// <param name="UsedByOthers">Bytes that neither our models nor our reservations hold.</param>
/// <param name="Reserve">Bytes that are kept free whatever happens.</param>
internal sealed record DeviceSnapshot(string Name, DeviceKind Kind, ByteSize Total, ByteSize UsedByOthers, ByteSize Reserve)
{
    public DeviceFacts? Facts { get; init; }

    /// <summary>Whether a probe reads it; otherwise it is declared.</summary>
    public bool IsMeasured { get; init; }

    /// <summary>What models may hold together on this device; never negative.</summary>
    public ByteSize Budget => ByteSize.Max(ByteSize.Zero, Total - UsedByOthers - Reserve);
}
