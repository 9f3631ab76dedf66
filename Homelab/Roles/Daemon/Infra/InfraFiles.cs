using System.Text;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Hardware.Files;
using Homelab.Telemetry;
using Microsoft.Win32.SafeHandles;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>Lists folders and reads windows of text files below the configured roots, and refuses everything that is not meant to be shown with a reason that an agent can
/// act on. What is checked is what was opened, not its name. Any thread; a call hangs as long as the file system does.</summary>
/// <param name="node">This machine's name, for messages.</param>
/// <param name="largestFile">Nothing of a larger file is shown.</param>
/// <param name="own">Homelab's own folder, of which only the logs are shown.</param>
internal sealed class InfraFiles(string node, long largestFile, OwnFolder own) : IInfraFiles
{
    /// <summary>The most that one answer shows of a file, in bytes.</summary>
    public const int Window = 64 * 1024;

    /// <summary>The most entries that one answer shows of a folder.</summary>
    public const int MostEntries = 500;

    /// <summary>The most entries of a folder that are looked at.</summary>
    public const int MostLookedAt = 10_000;

    private const int MostNameCharacters = 32 * 1024;
    private const int MostLinks = 100;
    private const int Head = 4096;

    public InfraListWire List(InfraRoot root, string? path)
    {
        var way = Parse(path);
        CheckName(root, way, isFolder: true);
        using var folder = Open(root, way);
        Check(root, folder, way);
        if (folder.Facts.Kind != EntryKind.Folder)
        {
            throw new InfraException(new InfraProblem(InfraProblem.Invalid, $"'{Show(root, way)}' on {node} is no folder but a {Word(folder.Facts.Kind)}{(folder.Facts.Kind == EntryKind.File ? "; read it as a file" : "")}", "path"));
        }

        var shown = new List<InfraEntryWire>();
        var hidden = 0;
        var links = 0;
        var entries = Try(root, way, () => folder.Entries().Take(MostLookedAt + 1).ToList());
        foreach (var (name, facts) in entries.Take(MostLookedAt).OrderBy(static e => e.Name, StringComparer.Ordinal))
        {
            IReadOnlyList<string> below = [.. folder.Way, name];
            if (facts is { Kind: EntryKind.Link } && links++ < MostLinks)
            {
                if (Link(root, [.. way, name], facts.Value) is { } link)
                {
                    shown.Add(link);
                    continue;
                }

                hidden++;
            }
            else if (facts?.Kind != EntryKind.Folder && !root.Includes(below))
            {
                hidden++;
            }
            else
            {
                shown.Add(Entry(name, facts, RefusalOf(folder, below, facts)));
            }
        }

        var characters = 0;
        var fitting = shown.TakeWhile(e => (characters += e.Name.Length + (e.Refused?.Length ?? 0)) <= MostNameCharacters).Take(MostEntries).ToList();
        return new InfraListWire(node, root.Name, string.Join('/', way), fitting, hidden, fitting.Count < shown.Count || entries.Count > MostLookedAt);
    }

    public InfraFileWire Read(InfraRoot root, string? path, long offset)
    {
        var way = Parse(path);
        if (way.Count == 0)
        {
            throw new InfraException(new InfraProblem(InfraProblem.Invalid, $"a path names the file to read; list {root.Name} to see what is there", "path"));
        }

        CheckName(root, way, isFolder: false);
        if (!root.Includes(way))
        {
            throw NotIncluded(root, way);
        }

        using var file = Open(root, way);
        Check(root, file, way);
        if (RefusalOf(file, file.Way, file.Facts) is { } refusal)
        {
            throw InfraException.Refused($"'{Show(root, way)}' on {node} is not shown: {refusal}");
        }

        if (file.Facts.Kind == EntryKind.Folder)
        {
            throw new InfraException(new InfraProblem(InfraProblem.Invalid, $"'{Show(root, way)}' on {node} is a folder; list it", "path"));
        }

        return !root.Includes(file.Way) ? throw NotIncluded(root, way) : Try(root, way, () =>
        {
            using var bytes = file.OpenRead();
            return Read(root, way, file.Facts, bytes, offset);
        });
    }

    private InfraFileWire Read(InfraRoot root, IReadOnlyList<string> way, EntryFacts facts, SafeFileHandle file, long offset)
    {
        var size = RandomAccess.GetLength(file);
        if (size > largestFile)
        {
            throw InfraException.Refused($"'{Show(root, way)}' on {node} has {size} bytes, more than the {largestFile} that are allowed there (infra.max_file)");
        }

        var wanted = offset < 0 ? Math.Max(0, size + Math.Max(offset, -size)) : offset;
        if (wanted > size)
        {
            throw new InfraException(new InfraProblem(InfraProblem.Invalid, $"'{Show(root, way)}' on {node} has only {size} bytes; it may have been rotated: begin again at 0", "offset"));
        }

        var head = new byte[(int)Math.Min(Head, size)];
        if (TextWindow.IsBinary(head.AsSpan(0, ReadFully(file, head, 0))) && head.Length > 0)
        {
            throw Binary(root, way);
        }

        // Read with what surrounds it: a key that begins before the window, or a token that ends after it, is known by its whole.
        var first = Math.Max(0, wanted - SecretContent.LookBehind);
        var buffer = new byte[(int)(wanted - first) + Window + SecretContent.LookAhead];
        var bytes = buffer.AsSpan(0, ReadFully(file, buffer, first));
        var start = Math.Min((int)(wanted - first), bytes.Length);
        var limit = Math.Min(start + Window, bytes.Length);
        var begin = wanted == 0 ? start : TextWindow.BeginOf(bytes[..limit], start);
        if (offset < 0 && wanted > 0)
        {
            begin = TextWindow.LineAfter(bytes[..limit], begin);
        }

        var end = TextWindow.EndOf(bytes, begin, limit, isEndOfFile: limit == bytes.Length);
        foreach (var key in SecretContent.KeysIn(bytes))
        {
            var (from, to) = (key.Start.Value, key.End.Value);
            if (from < end && to > begin && begin < end)
            {
                throw InfraException.Refused($"'{Show(root, way)}' on {node} holds a private key or a password's hash in bytes {first + from} to {first + to}; read it from {first + to} on, or not at all");
            }
        }

        if (TextWindow.IsBinary(bytes[begin..end]))
        {
            throw Binary(root, way);
        }

        var masked = Mask(bytes, begin, end);
        return new InfraFileWire(
            node,
            root.Name,
            string.Join('/', way),
            Math.Max(size, first + bytes.Length),
            facts.ModifiedAt,
            first + begin,
            first + end,
            first + end < Math.Max(size, first + bytes.Length) && end > begin,
            Encoding.UTF8.GetString(bytes[begin..end]),
            masked);
    }

    /// <summary>How many tokens between two places were overwritten.</summary>
    private static int Mask(Span<byte> bytes, int begin, int end)
    {
        var masked = 0;
        foreach (var token in SecretContent.TokensIn(bytes))
        {
            var (from, to) = (Math.Max(token.Start.Value, begin), Math.Min(token.End.Value, end));
            if (from < to)
            {
                masked++;
                bytes[from..to].Fill((byte)'*');
            }
        }

        return masked;
    }

    private static int ReadFully(SafeFileHandle file, byte[] buffer, long from)
    {
        var read = 0;
        while (read < buffer.Length && RandomAccess.Read(file, buffer.AsSpan(read), from + read) is > 0 and var more)
        {
            read += more;
        }

        return read;
    }

    private static IReadOnlyList<string> Parse(string? path) => AskedPath.Parse(path, out var way, OperatingSystem.IsWindows()) is { } problem
        ? throw new InfraException(new InfraProblem(InfraProblem.Refused, $"'{Printable.OneLine(path!, 200)}' is refused: {problem}", "path"))
        : way;

    private void CheckName(InfraRoot root, IReadOnlyList<string> way, bool isFolder)
    {
        if (SecretNames.ReasonFor(way, isFolder) is { } secret)
        {
            throw InfraException.Refused($"'{Show(root, way)}' on {node} is not shown: {secret}");
        }
    }

    private OpenedEntry Open(InfraRoot root, IReadOnlyList<string> way) => Try(root, way, () => OpenedEntry.Open(root.Path, way));

    /// <summary>What holds for files and folders alike, of what was really opened.</summary>
    private void Check(InfraRoot root, OpenedEntry opened, IReadOnlyList<string> way)
    {
        if (opened.IsKernels)
        {
            throw InfraException.Refused($"'{Show(root, way)}' on {node} is no file of a disk but one of the kernel's (/proc, /sys and the like), which are never shown");
        }

        if (own.Holds(opened.RootPath, opened.Way))
        {
            throw InfraException.Refused($"'{Show(root, way)}' on {node} is homelab's own, keys among it; only its logs are shown");
        }

        CheckName(root, opened.Way, opened.Facts.Kind == EntryKind.Folder);
    }

    /// <summary>Why an entry can never be read; null where it can, as far as its folder tells.</summary>
    private string? RefusalOf(OpenedEntry within, IReadOnlyList<string> way, EntryFacts? facts) => facts switch
    {
        null => "it cannot be looked at",
        { Kind: EntryKind.Pipe or EntryKind.Socket or EntryKind.Device or EntryKind.Other } => $"it is a {Word(facts.Value.Kind)}; only files are read",
        { Kind: EntryKind.File } when facts.Value.SizeBytes > largestFile => $"it has more than the {largestFile} bytes that are allowed there (infra.max_file)",
        _ when own.Holds(within.RootPath, way) => "it is homelab's own; only its logs are shown",
        _ => SecretNames.ReasonFor(way, facts.Value.Kind == EntryKind.Folder),
    };

    /// <summary>A link is shown as what it leads to below the root; null where that is a file which is not included.</summary>
    private InfraEntryWire? Link(InfraRoot root, IReadOnlyList<string> way, EntryFacts facts)
    {
        try
        {
            using var target = OpenedEntry.Open(root.Path, way);
            var refusal = RefusalOf(target, target.Way, target.Facts);
            return target.Facts.Kind != EntryKind.Folder && (!root.Includes(way) || !root.Includes(target.Way)) ? null
                : new InfraEntryWire(way[^1], "link", target.Facts.Kind == EntryKind.File ? target.Facts.SizeBytes : null, target.Facts.ModifiedAt, refusal ?? (target.IsKernels ? "it leads into the kernel's files" : null));
        }
        catch (OpenRefusedException refused)
        {
            return root.Includes(way) ? new InfraEntryWire(way[^1], "link", null, facts.ModifiedAt, Words(refused)) : null;
        }
    }

    private static InfraEntryWire Entry(string name, EntryFacts? facts, string? refusal) =>
        new(name, facts is { } known ? Word(known.Kind) : "other", facts is { Kind: EntryKind.File } file ? file.SizeBytes : null, facts?.ModifiedAt, refusal);

    private T Try<T>(InfraRoot root, IReadOnlyList<string> way, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OpenRefusedException refused)
        {
            var message = $"'{Show(root, way)}' on {node} is not shown: {Words(refused)}";
            throw new InfraException(refused.Problem switch
            {
                OpenProblem.NotFound when way.Count == 0 => new InfraProblem(InfraProblem.NotFound, $"the folder of root {root.Name} does not exist on {node}: {root.Path}", "root"),
                OpenProblem.NotFound or OpenProblem.NotAFolder => new InfraProblem(InfraProblem.NotFound, $"there is no '{Show(root, way)}' on {node}; list the folder above to see what there is", "path"),
                OpenProblem.Failed => new InfraProblem(InfraProblem.Failed, message),
                _ => new InfraProblem(InfraProblem.Refused, message),
            });
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new InfraException(new InfraProblem(InfraProblem.Failed, $"'{Show(root, way)}' on {node} cannot be read: {Printable.OneLine(failed.Message, 300)}"));
        }
    }

    private InfraException NotIncluded(InfraRoot root, IReadOnlyList<string> way) => InfraException.Refused(root.Include.Count == 0
        ? $"root {root.Name} on {node} shows no file: its configuration includes none (infra.roots: include)"
        : $"'{Show(root, way)}' on {node} is not included in root {root.Name}, which shows {string.Join(", ", root.Include)}");

    private InfraException Binary(InfraRoot root, IReadOnlyList<string> way) =>
        InfraException.Refused($"'{Show(root, way)}' on {node} is binary; only text in UTF-8 is shown");

    private static string Show(InfraRoot root, IReadOnlyList<string> way) => Printable.OneLine(string.Join('/', [root.Name, .. way]), 300);

    private static string Words(OpenRefusedException refused) => refused.Problem switch
    {
        OpenProblem.LeavesRoot => "a link on the way leads out of the root",
        OpenProblem.NotFollowed => "a link on the way is not followed",
        OpenProblem.NoPermission => "the user who runs homelab there may not read it",
        OpenProblem.NotFound or OpenProblem.NotAFolder => "it leads nowhere",
        _ => Printable.OneLine(refused.Message, 300),
    };

    private static string Word(EntryKind kind) => kind switch
    {
        EntryKind.File => "file",
        EntryKind.Folder => "folder",
        EntryKind.Link => "link",
        EntryKind.Pipe => "pipe",
        EntryKind.Socket => "socket",
        EntryKind.Device => "device",
        _ => "other",
    };
}
