using System.Collections.Immutable;
using System.Globalization;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware.RocmSmi;

namespace Homelab.Hardware.Drm;

/// <summary>The AMD GPUs of this machine on Linux: which there are by the kernel's files, their figures by AMD's management library where it is installed and
/// by the kernel's files where not. GPUs that are part of a processor count only where Ollama uses them. One thread at a time; a reading may hang in
/// the driver (<see cref="GuardedProbe"/>).</summary>
/// <param name="root">The folder that stands for <c>/</c>.</param>
/// <param name="open">Opens the management library; null where there is none.</param>
/// <param name="variable">Reads a variable of the environment.</param>
internal sealed class AmdProbe(string root, Func<IAmdManagement?> open, Func<string, string?> variable) : IDeviceProbe, IDisposable
{
    /// <summary>Names another file than the installed library, for installations in unusual places.</summary>
    public const string LibraryVariable = "HOMELAB_ROCM_SMI_LIBRARY";

    /// <summary>Ollama's own, by which it uses GPUs of processors, or none.</summary>
    private const string IntegratedVariable = "OLLAMA_IGPU_ENABLE";

    /// <summary>What Ollama uses of those by default (discover/runner.go, 0.32).</summary>
    private const string DefaultIntegrated = "gfx1151";

    private const int ReadingsBetweenSearches = 20;

    private readonly Dictionary<string, bool> _isIntegrated = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _totals = new(StringComparer.Ordinal);
    private IAmdManagement? _library;
    private int _untilSearch;

    public ImmutableArray<string> LeftOut { get; private set; } = [];

    public static AmdProbe OfThisMachine() => new(
        "/",
        static () => Environment.GetEnvironmentVariable(LibraryVariable) is { Length: > 0 } path
            ? (IAmdManagement?)RocmSmiLibrary.TryOpen([path]) ?? AmdSmiLibrary.TryOpen([path])
            : (IAmdManagement?)RocmSmiLibrary.TryOpen(RocmSmiLibrary.Names) ?? AmdSmiLibrary.TryOpen(AmdSmiLibrary.Names),
        Environment.GetEnvironmentVariable);

    public ImmutableArray<DeviceReading> Read()
    {
        var cards = DrmCard.List(root).Where(card => card.Driver == "amdgpu").ToList();
        if (cards.Count == 0)
        {
            LeftOut = [];
            return [];
        }

        var nodes = KfdNode.List(root);
        var visible = VisibleDevices.Of(variable("ROCR_VISIBLE_DEVICES"), variable("HIP_VISIBLE_DEVICES"), nodes).Select(n => n.Slot).ToHashSet(StringComparer.Ordinal);
        var told = Told(cards.Where(card => !card.IsAsleep).Select(card => card.Slot).ToHashSet(StringComparer.Ordinal));
        var devices = ImmutableArray.CreateBuilder<DeviceReading>();
        var leftOut = ImmutableArray.CreateBuilder<string>();
        for (var place = 0; place < cards.Count; place++)
        {
            var card = cards[place];
            var node = nodes.FirstOrDefault(n => n.Slot == card.Slot);
            if (node is not null && !visible.Contains(card.Slot))
            {
                continue;
            }

            var isIntegrated = IsIntegrated(card);
            if (isIntegrated && !IsUsedByOllama(node))
            {
                leftOut.Add($"{card.Slot}, a GPU that is part of the processor ({node?.Target ?? "without the compute driver"}): Ollama does not use it unless {IntegratedVariable}=1 is set");
                continue;
            }

            if (Reading(place, card, node, isIntegrated, told.GetValueOrDefault(card.Slot)) is { } device)
            {
                devices.Add(device);
            }
            else
            {
                leftOut.Add($"{card.Slot}, an AMD GPU: its driver does not tell its memory");
            }
        }

        LeftOut = leftOut.ToImmutable();
        return devices.ToImmutable();
    }

    public void Dispose()
    {
        _library?.Dispose();
        _library = null;
    }

    /// <summary>Null where its memory was never told.</summary>
    private DeviceReading? Reading(int place, DrmCard card, KfdNode? node, bool isIntegrated, AmdManagementReading? told)
    {
        var facts = AmdSensors.Read(card, node);
        var memory = told is null ? AmdMemory.Read(card.Device, isIntegrated) : AmdMemory.Of(isIntegrated, told.Vram, told.VramUsed, told.Shared, told.SharedUsed);
        if (memory is { } read)
        {
            _totals[card.Slot] = read.Total;
        }
        else if (!_totals.TryGetValue(card.Slot, out var total))
        {
            return null;
        }
        else
        {
            // The card is in the middle of a reset, or fell off the bus: what it holds nobody knows, so nothing more goes there.
            memory = new AmdMemory(total, 0, isIntegrated);
            facts = facts with { Problem = "the driver does not tell its memory" };
        }

        return new DeviceReading(
            string.Create(CultureInfo.InvariantCulture, $"amd{place}"),
            node is null ? DeviceKind.Vulkan : DeviceKind.Rocm,
            new ByteSize(memory.Value.Total),
            new ByteSize(memory.Value.Free))
        {
            IsHostMemory = memory.Value.IsHostMemory,
            Facts = told is null ? facts : facts with
            {
                Product = told.Product ?? facts.Product,
                Utilisation = told.Utilisation ?? facts.Utilisation,
                Temperature = told.Temperature ?? facts.Temperature,
                Power = told.Power ?? facts.Power,
            },
        };
    }

    private bool IsUsedByOllama(KfdNode? node) => variable(IntegratedVariable)?.Trim().ToUpperInvariant() switch
    {
        "1" or "T" or "TRUE" => true,
        "0" or "F" or "FALSE" => false,
        _ => node?.Target == DefaultIntegrated,
    };

    private bool IsIntegrated(DrmCard card)
    {
        // It does not change, and to ask costs the driver a talk with the chip.
        if (!_isIntegrated.TryGetValue(card.Slot, out var isIntegrated))
        {
            isIntegrated = AmdMemory.IsIntegrated(card);
            _isIntegrated[card.Slot] = isIntegrated;
        }

        return isIntegrated;
    }

    /// <summary>What the library says of the cards that are awake, by their place on the bus.</summary>
    private Dictionary<string, AmdManagementReading> Told(HashSet<string> awake)
    {
        var told = new Dictionary<string, AmdManagementReading>(StringComparer.Ordinal);
        if (_library is null)
        {
            if (_untilSearch-- > 0 || awake.Count == 0)
            {
                return told;
            }

            _untilSearch = ReadingsBetweenSearches;
            _library = open();
        }

        if (_library?.Count() is not { } count)
        {
            Dispose();
            return told;
        }

        for (var index = 0; index < count; index++)
        {
            // Partitions of one card have its place, and its memory: the first stands for all.
            if (_library.Slot(index) is { } slot && awake.Contains(slot) && !told.ContainsKey(slot) && _library.Read(index) is { } reading)
            {
                told.Add(slot, reading);
            }
        }

        return told;
    }
}
