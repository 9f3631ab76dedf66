using System.Globalization;

namespace Homelab.Persistence.Sqlite;

/// <summary>The hub's database as a file that may be missing, torn, read-only or of another version: opening it always comes to something
/// that a hub can start with.</summary>
/// <remarks>
/// A damaged file is moved aside (the last two are kept) and the backup takes its place. That is a database of the documents only,
/// written whole and renamed into place; the log of events and the usage begin anew then.
/// </remarks>
/// <param name="folder">The state folder; made when it is needed.</param>
internal sealed class HubDatabaseFile(string folder, SqliteSchema schema, long maximumBytes)
{
    public const string Name = "hub.db";
    public const string BackupName = Name + ".bak";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int KeptAside = 2;

    private static readonly string[] Companions = ["-wal", "-shm", "-journal"];

    private readonly string _path = Path.Combine(folder, Name);
    private readonly string _backup = Path.Combine(folder, BackupName);

    public bool IsThere => File.Exists(_path);

    /// <summary>Never throws for what the disk holds or refuses.</summary>
    /// <param name="readAtLeast">Whether to read a database that cannot be opened to be written.</param>
    public OpenedDatabase Open(bool readAtLeast)
    {
        try
        {
            StateFolder.Open(folder);
            if (!HasContent(_path))
            {
                return HasContent(_backup) ? Rebuild($"{_path} is missing") : Rebuild(null);
            }

            Close(_path);
            try
            {
                return OpenWhole();
            }
            catch (Exception e) when (SqliteError.IsDamageAtOpen(e) || HeaderIsDamaged(e))
            {
                MoveAside();
                return Rebuild($"{_path} is damaged ({SqliteError.Describe(e)}) and was moved aside");
            }
        }
        catch (NewerSchemaException e)
        {
            return Unusable([], isComplete: false, string.Create(
                CultureInfo.InvariantCulture, $"{_path} was written by a later version of homelab (form {e.Version}, this one knows {schema.Version}); it is left as it is and everything is kept in memory"));
        }
        catch (Exception e) when (SqliteError.IsExpected(e))
        {
            var read = !readAtLeast || SqliteError.IsBusy(e) ? null : ReadCopy(_path) ?? ReadCopy(_backup);
            return Unusable(read ?? [], isComplete: read is not null, $"{_path} cannot be used, everything is kept in memory: {SqliteError.Describe(e)}");
        }
    }

    /// <summary>Replaces the backup.</summary>
    /// <exception cref="Exception">Whatever SQLite and the disk throw; the one before stands.</exception>
    public void WriteBackup(Dictionary<DocumentKey, byte[]> documents) => Build(_backup, documents);

    private static OpenedDatabase Unusable(Dictionary<DocumentKey, byte[]> documents, bool isComplete, string message) =>
        new(null, documents, isComplete, LostEvents: false, new StateFault(StateFaultKind.NotSaved, Name, message));

    private OpenedDatabase OpenWhole()
    {
        var database = SqliteDatabase.Open(_path, schema, maximumBytes);
        try
        {
            var (documents, damaged) = database.ReadDocuments();
            // Reading it now, while a damaged file can still be dealt with.
            database.LastEventId();
            return damaged.Count == 0
                ? new OpenedDatabase(database, documents, IsComplete: true, LostEvents: false, null)
                : new OpenedDatabase(database, Mend(database, documents, damaged, out var fault), IsComplete: true, LostEvents: false, fault);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Takes what is damaged out of the backup.</summary>
    private Dictionary<DocumentKey, byte[]> Mend(SqliteDatabase database, Dictionary<DocumentKey, byte[]> documents, List<DocumentKey> damaged, out StateFault fault)
    {
        var backup = ReadBackup();
        var missing = backup?.Where(d => !documents.ContainsKey(d.Key)).ToList() ?? [];
        foreach (var (key, content) in missing)
        {
            documents[key] = content;
        }

        fault = backup is null
            ? new StateFault(StateFaultKind.Lost, Name, $"{damaged.Count} entries of {_path} are damaged and there is no backup; they are gone")
            : new StateFault(StateFaultKind.Recovered, Name, $"{damaged.Count} entries of {_path} were damaged; the backup's are used");
        database.Write([.. damaged.Select(key => KeyValuePair.Create<DocumentKey, byte[]?>(key, null)), .. missing.Select(d => KeyValuePair.Create<DocumentKey, byte[]?>(d.Key, d.Value))], [], []);
        return documents;
    }

    /// <summary>Starts over with the backup, where there is one.</summary>
    /// <param name="problem">Null at the very first start.</param>
    private OpenedDatabase Rebuild(string? problem)
    {
        var documents = ReadBackup();
        Build(_path, documents ?? []);
        var fault = (problem, documents) switch
        {
            (null, _) => null,
            (_, null) => new StateFault(StateFaultKind.Lost, Name, $"{problem}; there is no backup that can be used, the hub starts without keys, nodes and usage"),
            _ => new StateFault(StateFaultKind.Recovered, Name, $"{problem}; the backup is used, events and usage begin anew"),
        };
        return new OpenedDatabase(SqliteDatabase.Open(_path, schema, maximumBytes), documents ?? [], IsComplete: true, LostEvents: problem is not null, fault);
    }

    private Dictionary<DocumentKey, byte[]>? ReadBackup()
    {
        try
        {
            return HasContent(_backup) ? Read(_backup) : null;
        }
        catch (Exception e) when (SqliteError.IsDamageAtOpen(e) || e is NewerSchemaException)
        {
            return null;
        }
    }

    private Dictionary<DocumentKey, byte[]> Read(string path)
    {
        using var database = SqliteDatabase.Open(path, schema, maximumBytes);
        return database.ReadDocuments().Whole;
    }

    /// <summary>What is in a file that cannot be opened where it lies, because SQLite would write beside it; null where it cannot be read either.</summary>
    private Dictionary<DocumentKey, byte[]>? ReadCopy(string path)
    {
        DirectoryInfo? temporary = null;
        try
        {
            if (!HasContent(path))
            {
                return null;
            }

            temporary = Directory.CreateTempSubdirectory("homelab-hub-");
            var copy = Path.Combine(temporary.FullName, Name);
            File.Copy(path, copy);
            Close(copy);
            if (File.Exists(path + "-wal"))
            {
                File.Copy(path + "-wal", copy + "-wal");
                Close(copy + "-wal");
            }

            return Read(copy);
        }
        catch (Exception e) when (SqliteError.IsExpected(e) || e is NewerSchemaException)
        {
            return null;
        }
        finally
        {
            temporary?.Delete(recursive: true);
        }
    }

    /// <summary>Writes a database beside the place and renames it there: a crash leaves the old one or the new.</summary>
    private void Build(string path, Dictionary<DocumentKey, byte[]> documents)
    {
        var made = path + ".new";
        Delete(made);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                // What SQLite makes beside a database gets the database's own mode.
                options.UnixCreateMode = OwnerOnly;
            }

            new FileStream(made, options).Dispose();
            using (var database = SqliteDatabase.Open(made, schema, maximumBytes))
            {
                database.Write(documents.Select(d => KeyValuePair.Create<DocumentKey, byte[]?>(d.Key, d.Value)), [], []);
            }

            foreach (var companion in Companions)
            {
                File.Delete(path + companion);
            }

            File.Move(made, path, overwrite: true);
        }
        catch
        {
            Delete(made);
            throw;
        }
    }

    private void MoveAside()
    {
        var prefix = Name + ".damaged-";
        var aside = Directory.GetFiles(folder, prefix + "*")
            .Select(file => int.TryParse(Path.GetFileName(file)[prefix.Length..], CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Where(number => number > 0).Order().ToList();
        var next = string.Create(CultureInfo.InvariantCulture, $"{_path}.damaged-{(aside.Count == 0 ? 1 : aside[^1] + 1)}");
        foreach (var old in aside.Take(aside.Count + 1 - KeptAside))
        {
            Delete(string.Create(CultureInfo.InvariantCulture, $"{_path}.damaged-{old}"));
        }

        foreach (var companion in Companions.Where(c => File.Exists(_path + c)))
        {
            File.Move(_path + companion, next + companion, overwrite: true);
        }

        File.Move(_path, next, overwrite: true);
    }

    /// <summary>Bytes 18 and 19 are 1 or 2; SQLite takes a larger first one for a file of a later version, which it may only read.</summary>
    private bool HeaderIsDamaged(Exception e)
    {
        if (!SqliteError.IsReadOnly(e))
        {
            return false;
        }

        using var file = File.OpenRead(_path);
        var header = new byte[20];
        return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || header[18] is not (1 or 2);
    }

    private static void Delete(string path)
    {
        File.Delete(path);
        foreach (var companion in Companions)
        {
            File.Delete(path + companion);
        }
    }

    /// <summary>A file of one byte is an empty one to SQLite (it writes that byte itself on some disks).</summary>
    private static bool HasContent(string path) => new FileInfo(path) is { Exists: true, Length: > 1 };

    /// <summary>Closes a file to others that is open to them.</summary>
    private static void Close(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }
}
