namespace Homelab.Hardware.Dxgi;

/// <summary>A graphics adapter as Windows tells it.</summary>
/// <param name="Name">As its driver calls it.</param>
/// <param name="Vendor">Number of its maker on the PCI bus.</param>
/// <param name="Luid">Names the adapter until the machine is started again.</param>
/// <param name="Dedicated">Bytes of its own memory.</param>
/// <param name="IsSoftware">Whether it is drawn by the processor.</param>
/// <param name="Budget">Bytes that the system would let one process hold there; null where it does not say.</param>
internal sealed record DxgiReading(string Name, uint Vendor, long Luid, long Dedicated, bool IsSoftware, long? Budget)
{
    /// <summary>Bytes of its own memory that all processes together hold; null where the system's counters do not say.</summary>
    public long? Used { get; init; }
}
