using Homelab.Persistence;
using Homelab.Persistence.Cluster;

namespace Homelab.Tests.Roles.Hub;

/// <summary>A store in memory whose disk refuses what the test says, as the real one does: deletions hold in memory all the same.</summary>
internal sealed class RefusingStore(IClusterStore inner) : IClusterStore
{
    public bool RefusesSaves { get; set; }

    public bool RefusesDeletions { get; set; }

    public bool RefusesSpending { get; set; }

    public IReadOnlyList<StateFault> Faults => inner.Faults;

    public bool IsOnDisk => inner.IsOnDisk;

    public long LastEventId => inner.LastEventId;

    private static StateWriteException Refusal => new(new StateFault(StateFaultKind.NotSaved, "hub.db", "the disk is full"), new IOException("ENOSPC"));

    public IReadOnlyList<StoredCredential> LoadCredentials() => inner.LoadCredentials();

    public void Save(StoredCredential credential) => Unless(RefusesSaves, () => inner.Save(credential));

    public void DeleteCredential(string id)
    {
        inner.DeleteCredential(id);
        Unless(RefusesDeletions, static () => { });
    }

    public bool TrySpend(string id) => RefusesSpending ? throw Refusal : inner.TrySpend(id);

    public void NoteUse(string id, DateTimeOffset at) => inner.NoteUse(id, at);

    public IReadOnlyList<StoredNode> LoadNodes() => inner.LoadNodes();

    public void Save(StoredNode node) => Unless(RefusesSaves, () => inner.Save(node));

    public void DeleteNode(string id)
    {
        inner.DeleteNode(id);
        Unless(RefusesDeletions, static () => { });
    }

    public long NextEpoch(long atLeast) => inner.NextEpoch(atLeast);

    public IReadOnlyList<StoredAlias> LoadAliases() => inner.LoadAliases();

    public void Save(StoredAlias alias) => Unless(RefusesSaves, () => inner.Save(alias));

    public void DeleteAlias(string name)
    {
        inner.DeleteAlias(name);
        Unless(RefusesDeletions, static () => { });
    }

    public IReadOnlyList<StoredMeasure> LoadMeasures() => inner.LoadMeasures();

    public void Save(StoredMeasure measure) => inner.Save(measure);

    public void DeleteMeasures(string node) => inner.DeleteMeasures(node);

    public void Append(IReadOnlyList<StoredEvent> events) => inner.Append(events);

    public IReadOnlyList<StoredEvent> EventsSince(long id, int limit) => inner.EventsSince(id, limit);

    public void Add(IReadOnlyList<StoredUsage> usage) => inner.Add(usage);

    public IReadOnlyList<StoredUsage> UsageSince(DateTimeOffset hour) => inner.UsageSince(hour);

    public void Dispose() => inner.Dispose();

    private static void Unless(bool refuses, Action work)
    {
        if (refuses)
        {
            throw Refusal;
        }

        work();
    }
}
