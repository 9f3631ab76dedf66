namespace Homelab.Persistence.Cluster;

/// <summary>What a hub must still know after its process ended. May be used from any thread.</summary>
/// <remarks>
/// What was measured, used and announced is taken into memory and written a moment later: those calls neither wait nor throw, and a
/// disk that fails makes them no harder. Credentials, nodes, aliases and the epoch are on the disk when their calls return; these wait
/// for the disk, as reading events and usage does, so that they belong on no request that could do without and on no control loop, and throw
/// <see cref="StateWriteException"/> where it refuses.
/// Where the disk cannot be used at all (<see cref="IsOnDisk"/> is false and <see cref="Faults"/> says why) everything is kept in memory
/// and nothing throws; the store goes back to the disk by itself.
/// </remarks>
internal interface IClusterStore : IDisposable
{
    /// <summary>What is wrong at the moment, newest last; empty where all is well.</summary>
    IReadOnlyList<StateFault> Faults { get; }

    /// <summary>Whether what is saved now is saved for good.</summary>
    bool IsOnDisk { get; }

    IReadOnlyList<StoredCredential> LoadCredentials();

    /// <summary>Adds or replaces.</summary>
    /// <exception cref="StateWriteException">The disk refused; nothing changed.</exception>
    void Save(StoredCredential credential);

    /// <summary>Revokes: does nothing where there is none.</summary>
    /// <exception cref="StateWriteException">The disk refused. It is deleted in memory all the same, and on the disk as soon as that can be written.</exception>
    void DeleteCredential(string id);

    /// <summary>Takes one use of a credential, so that of many who try at once no more win than there are uses. False where none is left
    /// or there is no such credential; whether it has expired is the caller's to see.</summary>
    /// <exception cref="StateWriteException">The disk refused; no use was taken.</exception>
    bool TrySpend(string id);

    /// <summary>Notes when a credential was last used; written a moment later. Once a minute is enough.</summary>
    void NoteUse(string id, DateTimeOffset at);

    IReadOnlyList<StoredNode> LoadNodes();

    /// <summary>Adds or replaces.</summary>
    /// <exception cref="StateWriteException">The disk refused; nothing changed.</exception>
    void Save(StoredNode node);

    /// <summary>Does nothing where there is none.</summary>
    /// <exception cref="StateWriteException">The disk refused. It is deleted in memory all the same, and on the disk as soon as that can be written.</exception>
    void DeleteNode(string id);

    /// <summary>A number larger than every one before it and at least <paramref name="atLeast"/>.</summary>
    /// <exception cref="StateWriteException">The disk refused; none was given out.</exception>
    long NextEpoch(long atLeast);

    IReadOnlyList<StoredAlias> LoadAliases();

    /// <summary>Adds or replaces.</summary>
    /// <exception cref="StateWriteException">The disk refused; nothing changed.</exception>
    void Save(StoredAlias alias);

    /// <summary>Does nothing where there is none.</summary>
    /// <exception cref="StateWriteException">The disk refused. It is deleted in memory all the same, and on the disk as soon as that can be written.</exception>
    void DeleteAlias(string name);

    IReadOnlyList<StoredMeasure> LoadMeasures();

    /// <summary>Adds or replaces; written a moment later.</summary>
    void Save(StoredMeasure measure);

    /// <summary>Deletes what was measured on a node, a moment later.</summary>
    void DeleteMeasures(string node);

    /// <summary>The largest id of an event there ever was; 0 where there was none. After damage it may be a larger one.</summary>
    long LastEventId { get; }

    /// <summary>Appends events in ascending order of their ids; written a moment later.</summary>
    void Append(IReadOnlyList<StoredEvent> events);

    /// <summary>The oldest events after one, in order, those included that are not written yet.</summary>
    IReadOnlyList<StoredEvent> EventsSince(long id, int limit);

    /// <summary>Adds to what is there for the same hour, key, model and node; written a moment later.</summary>
    void Add(IReadOnlyList<StoredUsage> usage);

    /// <summary>Usage from an hour on, ordered by hour, what is not written yet included.</summary>
    IReadOnlyList<StoredUsage> UsageSince(DateTimeOffset hour);
}
