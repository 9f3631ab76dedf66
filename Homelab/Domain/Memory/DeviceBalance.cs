using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>One device's budget and who has it. Plain numbers, so that every decision can show them.</summary>
/// <param name="Device">The device.</param>
/// <param name="Held">Bytes of replicas in memory.</param>
/// <param name="Reserved">Bytes of loads decided or under way.</param>
internal sealed record DeviceBalance(DeviceSnapshot Device, ByteSize Held, ByteSize Reserved)
{
    /// <summary>What a new replica may take: <c>max(0, Total - UsedByOthers - Reserve - Held - Reserved)</c>.</summary>
    public ByteSize Left => new(Math.Max(0, Device.Budget.Bytes - Math.Min(Device.Budget.Bytes, Held.Bytes) - Reserved.Bytes));

    /// <summary>The same as room for a placement.</summary>
    public DeviceRoom Room => new(Device.Name, Device.Kind, Left);
}
