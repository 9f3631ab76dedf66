using Homelab.Contracts;

namespace Homelab.Control;

/// <summary>Keeps events beyond what the feed has in memory, and beyond the process. Safe from any thread; never blocks for long and never throws.</summary>
internal interface IEventArchive
{
    /// <summary>The largest id that was ever kept; 0 where none was.</summary>
    long LastId { get; }

    /// <summary>Takes an event; events come in the order of their ids.</summary>
    void Keep(EventWire wire);

    /// <summary>The oldest events after an id, in order.</summary>
    IReadOnlyList<EventWire> Since(long id, int limit);
}
