namespace Homelab.Contracts;

/// <summary>One process that holds memory of a device. Told by a daemon to those who administer it, and to nobody else: what runs on a desktop is private.</summary>
/// <param name="Pid">Of the process.</param>
/// <param name="Owner"><c>engine</c>, <c>homelab</c>, <c>other</c> or <c>unknown</c>.</param>
/// <param name="Name">Short, as the system calls it; absent where it cannot be read.</param>
/// <param name="UsedBytes">Of the device; absent where the driver does not tell.</param>
internal sealed record DeviceProgramWire(int Pid, string Owner, string? Name = null, long? UsedBytes = null);
