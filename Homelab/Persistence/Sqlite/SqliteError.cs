using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Homelab.Persistence.Sqlite;

/// <summary>Tells a damaged database from a disk that refuses, and says in words which (codes: https://sqlite.org/rescode.html).</summary>
internal static class SqliteError
{
    private const int Error = 1;
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Constraint = 19;
    private const int Mismatch = 20;
    private const int NotADatabase = 26;

    /// <summary>What the file holds is no good, also where the file looks like a database.</summary>
    public static bool IsDamage(Exception e) => e is DamagedDatabaseException || Code(e) is Corrupt or NotADatabase;

    /// <summary>As <see cref="IsDamage"/>, while opening: the tables are not what this program made. Later these codes are a mistake of the program.</summary>
    public static bool IsDamageAtOpen(Exception e) => IsDamage(e) || e is InvalidOperationException || Code(e) is Error or Constraint or Mismatch;

    /// <summary>Whatever may come of a disk, or of a library that is not there.</summary>
    public static bool IsExpected(Exception e) =>
        e is SqliteException or DamagedDatabaseException or IOException or UnauthorizedAccessException or DllNotFoundException or TypeInitializationException or InvalidOperationException;

    /// <summary>The file is good and the disk too, there is only no room.</summary>
    public static bool IsFull(Exception e) => Code(e) == Full;

    public static bool IsBusy(Exception e) => Code(e) == Busy;

    public static bool IsReadOnly(Exception e) => Code(e) == ReadOnly;

    public static string Describe(Exception e) => e switch
    {
        DamagedDatabaseException => e.Message,
        DllNotFoundException or TypeInitializationException => "the library of SQLite is missing beside the executable",
        SqliteException sqlite => sqlite.SqliteErrorCode switch
        {
            Busy => "another process uses it",
            ReadOnly => "it is read-only",
            InputOutput => string.Create(CultureInfo.InvariantCulture, $"the disk failed (SQLite error {sqlite.SqliteExtendedErrorCode})"),
            Corrupt => "its content is damaged",
            Full => "the disk is full",
            CannotOpen => "it cannot be opened",
            NotADatabase => "it is not a database",
            _ => string.Create(CultureInfo.InvariantCulture, $"SQLite error {sqlite.SqliteExtendedErrorCode}"),
        },
        IOException or UnauthorizedAccessException => DiskError.Describe(e),
        _ => "it has another form",
    };

    private static int Code(Exception e) => e is SqliteException sqlite ? sqlite.SqliteErrorCode : 0;
}
