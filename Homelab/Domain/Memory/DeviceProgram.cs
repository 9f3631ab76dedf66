using Homelab.Domain.Models;

namespace Homelab.Domain.Memory;

/// <summary>One process that holds memory of a device.</summary>
/// <param name="Id">Of the process, as the driver names it.</param>
/// <param name="Name">Short, as the system calls it; null where it cannot be read.</param>
/// <param name="Bytes">What it holds; null where the driver does not tell (Windows' own driver model never does).</param>
/// <param name="Owner">Whose it is.</param>
internal sealed record DeviceProgram(int Id, string? Name, ByteSize? Bytes, ProgramOwner Owner);
