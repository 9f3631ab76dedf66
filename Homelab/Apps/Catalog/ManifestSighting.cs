using System.Collections.Immutable;
using Homelab.Apps.Manifests;
using Homelab.Processes;
using Homelab.Telemetry;

namespace Homelab.Apps.Catalog;

/// <summary>What is known of one manifest's file over time. Editors write in steps: what changed is read only when it has been quiet for a while,
/// what is then wrong is read again a few times, and what is gone must stay gone. Not safe for several threads.</summary>
internal sealed class ManifestSighting(string path, TimeProvider time)
{
    /// <summary>How long a file must not have changed before it is read, or be missing before it counts as removed.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    /// <summary>How long after its last change a file that is wrong may still be in the making.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // A file whose last change is longer ago by the wall clock was finished before anybody looked.
    private static readonly TimeSpan LongAgo = TimeSpan.FromSeconds(3);

    private PosixFileFacts? _facts;
    private long _changedAt;
    private long? _missingSince;
    private bool _wasSeen;

    public string Path => path;

    /// <summary>As it last was when it was right.</summary>
    public AppManifest? LastValid { get; private set; }

    /// <summary>What is wrong with it as it is now.</summary>
    public ImmutableArray<string> Problems { get; private set; } = [];

    /// <summary>What was in force after the last look.</summary>
    public AppManifest? InForce { get; set; }

    /// <summary>Whether it was read to an end at least once, so that there is something to say of it.</summary>
    public bool HasOutcome { get; private set; }

    /// <summary>Whether it is to be read again however it looks.</summary>
    public bool IsPending { get; private set; }

    /// <summary>How often it was read.</summary>
    public int Reads { get; private set; }

    /// <summary>Looks at the file, and reads it where that is due.</summary>
    public void Look(IReadOnlyDictionary<string, string> environment)
    {
        _missingSince = null;
        var facts = ManifestFile.Facts(path);
        if (!_wasSeen || facts != _facts)
        {
            (_wasSeen, _facts, _changedAt, IsPending) = (true, facts, time.GetTimestamp(), true);
        }

        if (!IsPending)
        {
            return;
        }

        var quiet = WasLongAgo(facts) ? LongAgo : time.GetElapsedTime(_changedAt);
        if (quiet < Settle)
        {
            return;
        }

        var reading = ManifestReader.Read(path, environment);
        Reads++;
        if (ManifestFile.Facts(path) is var after && after != facts)
        {
            // It was written while it was read.
            (_facts, _changedAt) = (after, time.GetTimestamp());
        }
        else if (reading.Manifest is { } manifest)
        {
            (LastValid, Problems, HasOutcome, IsPending) = (manifest, [], true, false);
        }
        else if (!reading.MayBeHalfWritten || quiet >= Patience)
        {
            (Problems, HasOutcome, IsPending) = ([.. reading.Problems.Select(p => Printable.OneLine(p.ToString(), 2048))], true, false);
        }
    }

    /// <summary>The file is not there; true where it has not been for long enough to count as removed.</summary>
    public bool IsGone()
    {
        _missingSince ??= time.GetTimestamp();
        return time.GetElapsedTime(_missingSince.Value) >= Settle;
    }

    private bool WasLongAgo(PosixFileFacts? facts) =>
        facts is { } known && (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks - known.Changed > LongAgo.Ticks;
}
