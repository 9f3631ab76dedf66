using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Learns from what the engine does whether it uses the GPUs that were probed. An engine without the libraries for them (in a container, for an old card) puts
/// everything into main memory: then that is what models are planned for. NVIDIA's GPUs are taken to be used until that is seen, all others, for which
/// fewer engines are built, only once it is seen that they are. GPUs that the configuration declares are the user's word and are not judged.</summary>
internal static class GpuUse
{
    /// <summary>Looks at what the engine holds.</summary>
    public static void OnObserved(ResidencyTurn turn, ImmutableArray<LoadedModel> loaded)
    {
        if (loaded.Any(static l => l.GpuBytes > ByteSize.Zero))
        {
            turn.Snapshot = turn.Snapshot with { UsesGpus = true };
            if (turn.Snapshot.IgnoresGpus)
            {
                turn.Snapshot = turn.Snapshot with { IgnoresGpus = false };
                turn.Announce(AnnouncementTypes.GpusUsed, null, "the engine uses the GPU after all: models are planned for it again");
            }

            return;
        }

        var gpus = turn.Snapshot.Devices.Values.Where(static d => d is { IsMeasured: true, Kind: not DeviceKind.Ram }).ToList();
        if (!turn.Snapshot.IgnoresGpus
            && turn.Snapshot.Devices.Values.Any(static d => d is { IsMeasured: true, Kind: DeviceKind.Ram })
            && loaded.FirstOrDefault(l => l.TotalBytes > ByteSize.Zero && gpus.Exists(g => g.Budget >= l.TotalBytes)) is { } proof)
        {
            turn.Snapshot = turn.Snapshot with { IgnoresGpus = true, UsesGpus = false };
            turn.Announce(
                AnnouncementTypes.GpusIgnored,
                proof.Name,
                $"the engine put all of {proof.Name} into main memory, although {gpus[0].Name} had room for it: from now on models are planned for main memory; see the engine's log for why it does not use the GPU",
                ("device", gpus[0].Name));
        }
    }

    /// <summary>The readings that count.</summary>
    public static ImmutableArray<DeviceReading> Counted(ResidencySnapshot snapshot, ImmutableArray<DeviceReading> readings) =>
        readings.Any(static r => r is { Kind: DeviceKind.Ram, Free: not null })
            ? readings.RemoveAll(r => r is { Kind: not DeviceKind.Ram, Free: not null } && (r.Kind == DeviceKind.Cuda ? snapshot.IgnoresGpus : !snapshot.UsesGpus))
            : readings;
}
