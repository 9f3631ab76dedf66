using System.Threading.Channels;
using Homelab.Apps.Manifests;
using Homelab.Telemetry;

namespace Homelab.Apps.Catalog;

/// <summary>Knows which apps there are: follows the folder of manifests while files come, change and go, and publishes what is in force. A wrong
/// file disturbs nothing but itself.</summary>
internal sealed class AppCatalog : IDisposable
{
    private static readonly TimeSpan Rescan = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RescanWithoutFolder = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(200);

    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly TimeProvider _time;
    private readonly FolderWatch _watch;
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _looking = new();
    private readonly SortedDictionary<string, ManifestSighting> _sightings = new(StringComparer.Ordinal);
    private volatile AppCatalogSnapshot _current = AppCatalogSnapshot.Empty;

    /// <param name="folder">Where the manifests lie; it need not be there.</param>
    /// <param name="environment">The daemon's variables, to which manifests may refer.</param>
    /// <param name="time">The clock.</param>
    public AppCatalog(string folder, IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        _folder = Path.GetFullPath(folder);
        _environment = environment;
        _time = time;
        _watch = new FolderWatch(_folder, () => _signals.Writer.TryWrite(true));
    }

    /// <summary>After <see cref="Current"/> was replaced, on the thread that looked. Must not throw and not take long.</summary>
    public event Action? Changed;

    /// <summary>What is known now. From any thread.</summary>
    public AppCatalogSnapshot Current => _current;

    /// <summary>How often files were read; unchanged ones are not.</summary>
    public int Reads
    {
        get
        {
            lock (_looking)
            {
                return _sightings.Values.Sum(s => s.Reads);
            }
        }
    }

    /// <summary>Looks once: at files that were finished before, the result is there at once; those just written take further looks.</summary>
    /// <returns>After what time to look again.</returns>
    public TimeSpan Scan()
    {
        TimeSpan next;
        bool isChanged;
        lock (_looking)
        {
            var listing = ManifestListing.Of(_folder);
            var isWaiting = false;
            if (listing.IsKnown)
            {
                var files = listing.Files.ToHashSet(StringComparer.Ordinal);
                foreach (var sighting in _sightings.Values.Where(s => !files.Contains(s.Path)).ToList())
                {
                    isWaiting |= !Remove(sighting);
                }

                foreach (var path in listing.Files)
                {
                    var sighting = _sightings.TryGetValue(path, out var known) ? known : _sightings[path] = new ManifestSighting(path, _time);
                    sighting.Look(_environment);
                    isWaiting |= sighting.IsPending;
                }
            }

            next = isWaiting ? ManifestSighting.Settle : listing.Exists ? Rescan : RescanWithoutFolder;
            var taken = new AppCollisions();
            var snapshot = new AppCatalogSnapshot(_current.Version + 1, [.. _sightings.Values.Where(s => s.HasOutcome).Select(s => Enter(s, taken))], listing.Problems);
            isChanged = _current.Version == 0 || !snapshot.IsSameAs(_current);
            _current = isChanged ? snapshot : _current;
        }

        if (isChanged)
        {
            Changed?.Invoke();
        }

        return next;
    }

    /// <summary>Follows the folder until it is cancelled, which ends it without an exception.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                // The watch stands before the look, so that nothing falls between.
                _watch.Follow();
                if (await WaitAsync(Scan(), cancellationToken).ConfigureAwait(false))
                {
                    await Task.Delay(Debounce, _time, cancellationToken).ConfigureAwait(false);
                    _signals.Reader.TryRead(out _);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Once nothing runs any more.</summary>
    public void Dispose() => _watch.Dispose();

    /// <summary>What is in force of a file beside those before it.</summary>
    private static AppEntry Enter(ManifestSighting sighting, AppCollisions taken)
    {
        var problems = sighting.Problems;
        var manifest = sighting.LastValid;
        if (manifest is not null && taken.Claim(manifest) is { } collision)
        {
            problems = problems.Add(Printable.OneLine(collision, 2048));

            // What was in force before stays, if it does without what the other has.
            manifest = sighting.InForce is { } before && before.Hash != manifest.Hash && taken.Claim(before) is null ? before : null;
        }

        sighting.InForce = manifest;
        return new AppEntry(Printable.OneLine(Path.GetFileNameWithoutExtension(sighting.Path), AppName.MaximumLength), sighting.Path, manifest, problems);
    }

    private bool Remove(ManifestSighting sighting) => (!sighting.HasOutcome || sighting.IsGone()) && _sightings.Remove(sighting.Path);

    /// <summary>True where something happened in the folder, false where the time is over.</summary>
    private async Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(longest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await _signals.Reader.WaitToReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
