using System.Collections.Immutable;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Homelab.Contracts;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Link;

/// <summary>The models on this machine's disk as heartbeats tell them, with a digest that changes when they do. Reads memory only.</summary>
internal sealed class NodeInventoryReading(DaemonParts parts)
{
    /// <summary>Past it the engine's own entries are left out, so that a heartbeat stays within what a hub takes.</summary>
    private const int LargestWithEntries = ClusterProtocol.LargestHeartbeat * 3 / 4;

    /// <summary>In order of name.</summary>
    public IReadOnlyList<InventoryModelWire> Models(ResidencySnapshot snapshot)
    {
        var room = Placement.LargestBudget(snapshot);
        var served = parts.Catalog.ServedByApps;
        List<InventoryModelWire> models =
        [
            .. from record in snapshot.Models.Values
               where record.Installed is not null
               let terms = LoadTerms.Of(snapshot, record)
               from member in Members(record)
               where record.Name.IsApp || !served.Contains(member.Name)
               orderby member.Name
               select Read(snapshot, record, member, terms, room),
        ];
        return models;
    }

    /// <summary>The same, small enough to be sent.</summary>
    public static IReadOnlyList<InventoryModelWire> Bounded(IReadOnlyList<InventoryModelWire> models) =>
        JsonSerializer.SerializeToUtf8Bytes(models, ContractsJson.Default.IReadOnlyListInventoryModelWire).Length <= LargestWithEntries
            ? models
            : [.. models.Select(m => m with { Entry = null })];

    /// <summary>Of all that a hub places by. A remaining time is none of it, or every second would have another.</summary>
    public static string DigestOf(IReadOnlyList<InventoryModelWire> models)
    {
        var hash = new XxHash128();
        foreach (var m in models)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{m.Model}\n{m.Digest}\n{m.SizeBytes}\n{m.MemoryBytes}\n{m.LoadSeconds}\n{string.Join('\t', m.Aliases ?? [])}\n{string.Join('\t', m.Capabilities ?? [])}\n{m.Context}\n{m.Embedder}\n{m.Pinned}\n{m.Protected}\n{m.Failure?.Attempts}\n{m.Failure?.Reason}\n{m.App}\n{m.VramBytes}\n{m.IdleTimeoutSeconds}\n{m.Spelling}\n\n");
            hash.Append(Encoding.UTF8.GetBytes(text));
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Every name that is installed: models of the same weights share one replica and keep their names.</summary>
    private ImmutableArray<InstalledModel> Members(ModelRecord record) =>
        parts.Catalog.MembersOf(record.Name) is { IsEmpty: false } members ? members : [record.Installed!];

    private InventoryModelWire Read(ResidencySnapshot snapshot, ModelRecord record, InstalledModel member, LoadTerms terms, ByteSize room)
    {
        // By the size of its file alone nothing is too large: this machine would look at it first, so no hub may refuse it.
        var isGuess = record is { Facts: null, InspectionFailed: false, Installed.App: null };
        var memory = isGuess && terms.Estimate.Total > room ? room
            : record.Installed?.App is { } app && snapshot.Devices.Values.Any(static d => d.Kind != DeviceKind.Ram) ? app.Vram
            : terms.Estimate.Total;
        var policy = snapshot.Policy.For(record.Name);
        return new InventoryModelWire(
            member.Name.Value,
            member.Digest,
            member.FileSize.Bytes,
            memory.Bytes,
            Rough(terms.Expected.TotalSeconds),
            [.. parts.Catalog.AliasesOf(member.Name)],
            member.Capabilities,
            terms.Resolved.Context is > 0 and var context ? context : null,
            member.IsEmbedder,
            policy.Pin,
            policy.Protect,
            record.Failure is { } failure ? new ModelFailureWire(failure.Reason, failure.Attempts, Math.Max(0, (failure.RetryAt - parts.Clock.Now).TotalSeconds)) : null,
            record.Name.IsApp ? null : parts.Catalog.EntryOf(member.Name),
            record.Name.IsApp ? record.Name.AppName : null,
            member.Name == record.Name ? record.Installed?.App?.Vram.Bytes ?? 0 : 0,
            record.Name.IsApp && member.Name == record.Name ? policy.IdleUnload.TotalSeconds : 0,
            record.Name.IsApp ? parts.Catalog.SpellingOf(member.Name) : null);
    }

    /// <summary>To two digits: the measured rate moves a little with every load, and the list is sent again where a figure changes.</summary>
    private static double Rough(double seconds)
    {
        if (seconds <= 0)
        {
            return 0;
        }

        var scale = Math.Pow(10, Math.Floor(Math.Log10(seconds)) - 1);
        return Math.Round(seconds / scale) * scale;
    }
}
