namespace Homelab.Persistence.Sqlite;

/// <summary>What opening a hub's database came to.</summary>
/// <param name="Database">Null where nothing can be saved.</param>
/// <param name="Documents">What could be read.</param>
/// <param name="IsComplete">Whether that is all there is, so that memory counts from now on; false where the disk could not even be read.</param>
/// <param name="LostEvents">Whether events are gone, the last one's id with them.</param>
/// <param name="Fault">What was wrong; null where nothing was.</param>
internal sealed record OpenedDatabase(SqliteDatabase? Database, Dictionary<DocumentKey, byte[]> Documents, bool IsComplete, bool LostEvents, StateFault? Fault);
