using System.Text.Json.Serialization.Metadata;

namespace Homelab.Persistence;

/// <summary>Small documents that must outlive the process. May be used from any thread. Calls write to the disk and wait for it, so that
/// they belong on no control loop and no request.</summary>
internal interface IStateStore
{
    /// <summary>What is wrong at the moment, newest last; empty where every document is safe on the disk.</summary>
    IReadOnlyList<StateFault> Faults { get; }

    /// <summary>The document as it was last saved, also where saving failed; null where there is none that can be used.</summary>
    T? Load<T>(string document, JsonTypeInfo<T> type)
        where T : class;

    /// <summary>Replaces the document. False where it is kept in memory only, because the disk refused; a fault says why, and
    /// <see cref="Retry"/> or the next save of the same document tries again.</summary>
    bool Save<T>(string document, T value, JsonTypeInfo<T> type)
        where T : class;

    /// <summary>Tries again to write what the disk refused. True where nothing is left.</summary>
    bool Retry();
}
