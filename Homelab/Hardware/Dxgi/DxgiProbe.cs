using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Versioning;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware.Sensors;

namespace Homelab.Hardware.Dxgi;

/// <summary>The graphics cards of a Windows machine that NVIDIA's own library does not tell: AMD's and Intel's. Free is what no process holds, and no more than the
/// system's budget for one: the budget alone would not do, because it is a fair share and hardly falls while others hold memory. One thread at a time.</summary>
/// <param name="read">Reads the adapters.</param>
/// <param name="sensors">Reads what a monitoring library knows of the cards.</param>
internal sealed class DxgiProbe(Func<IReadOnlyList<DxgiReading>> read, Func<IReadOnlyList<CardSensors>> sensors) : IDeviceProbe
{
    private const uint Amd = 0x1002;
    private const uint Intel = 0x8086;

    // A processor's own GPU calls little of main memory its own (128 MiB to 512 MiB, 2 GiB where its owner says so).
    private const long LeastOfACard = 3L << 30;

    public ImmutableArray<string> LeftOut { get; private set; } = [];

    [SupportedOSPlatform("windows")]
    public static DxgiProbe OfThisMachine()
    {
        var counters = new AdapterCounters();
        return new DxgiProbe(() => [.. DxgiLibrary.Read().Select(adapter => adapter.IsSoftware ? adapter : adapter with { Used = counters.Used(adapter.Luid) })], SensorSource.OfThisMachine());
    }

    public ImmutableArray<DeviceReading> Read()
    {
        var adapters = read().Where(a => !a.IsSoftware && a.Vendor is Amd or Intel).DistinctBy(a => a.Luid).ToList();
        LeftOut = [.. adapters.Where(a => a.Dedicated < LeastOfACard).Select(a => $"{a.Name}, a GPU that is part of the processor: Ollama does not use it unless OLLAMA_IGPU_ENABLE=1 is set; declare it under daemon.memory.devices where it is")];
        List<DxgiReading> cards = [.. adapters.Where(a => a.Dedicated >= LeastOfACard)];
        var seen = CardSensorChoice.Match([.. cards.Select(c => c.Name)], cards.Count == 0 ? [] : Sensors());
        return
        [
            .. cards.Select((card, place) => new DeviceReading(
                string.Create(CultureInfo.InvariantCulture, $"{(card.Vendor == Amd ? "amd" : "intel")}{place}"),
                card.Vendor == Amd ? DeviceKind.Rocm : DeviceKind.Vulkan,
                new ByteSize(card.Dedicated),
                new ByteSize(FreeOf(card)))
            {
                Facts = new DeviceFacts { Product = card.Name, Utilisation = seen[place]?.Utilisation, Temperature = seen[place]?.Temperature, Power = seen[place]?.Power, Problem = card.Used is null ? "the system does not tell what is used of its memory" : null },
            }),
        ];
    }

    // Memory is what this is for; a library that fails at reading sensors takes nothing away from it.
    private IReadOnlyList<CardSensors> Sensors()
    {
        try
        {
            return sensors();
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            return [];
        }
    }

    // Of a card of which nobody knows what is used nothing is known to be free.
    private static long FreeOf(DxgiReading card) => card.Used is { } used ? Math.Max(0, Math.Min(card.Dedicated - used, card.Budget ?? card.Dedicated)) : 0;
}
