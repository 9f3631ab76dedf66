namespace Homelab.Hardware.RocmSmi;

/// <summary>A management library of AMD's. One thread at a time; calls may hang in the driver.</summary>
internal interface IAmdManagement : IDisposable
{
    /// <summary>How many GPUs it lists; null where it, or the driver, is gone: it must be opened again.</summary>
    int? Count();

    /// <summary>The place on the bus of one of them; null where it cannot tell.</summary>
    string? Slot(int index);

    /// <summary>What it says of one; null where it cannot tell the memory.</summary>
    AmdManagementReading? Read(int index);
}
