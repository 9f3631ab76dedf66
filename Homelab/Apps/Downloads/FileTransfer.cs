using System.Globalization;
using System.Net.Http.Headers;

namespace Homelab.Apps.Downloads;

/// <summary>Brings one file, whole and checked, into its part. One run at a time for each part.</summary>
internal sealed class FileTransfer(FileDemand demand, PartFile part, DownloadOptions options, TimeProvider time, TransferSeams seams)
{
    private const int MaximumChanges = 3;

    private int _changes;
    private bool _resumed;
    private bool _rangesFail;
    private long _highest;
    private IOException? _cut;

    private string Name => demand.PrintableUrl;

    private long Maximum => demand.HighestSize ?? options.MaximumSize;

    /// <summary>Returns the sum of what is in the part.</summary>
    /// <exception cref="DownloadException">It cannot be had; the part stays, unless it is wrong.</exception>
    public async Task<string> RunAsync(CancellationToken cancellation)
    {
        part.Touch(time.GetUtcNow());
        if (part.Length > Maximum)
        {
            part.Discard();
        }

        _highest = ResumeFrom(part.ReadFacts()).From;
        for (var anew = false; ; anew = true)
        {
            await FillAsync(cancellation);
            var (total, length) = (part.Length, part.Length);
            var sum = await DiskSum.OfAsync(part.Path, read => seams.Report(FileStates.Checking, read, total, null), cancellation);
            if (length < demand.LowestSize)
            {
                part.Discard();
                throw new DownloadException($"{Name} has {length} bytes, and the manifest says at least {demand.LowestSize}; correct the size or the address");
            }

            if (demand.Sha256 is not { } expected || expected.Equals(sum, StringComparison.OrdinalIgnoreCase))
            {
                return sum;
            }

            part.Discard();
            if (anew || !_resumed)
            {
                throw new DownloadException(
                    $"{Name} is another file than the manifest says: sha256 should be {expected.ToLowerInvariant()} and is {sum}; correct the sum or the address, or ask who publishes it");
            }

            // It was put together from several answers, perhaps of several versions.
            (_resumed, _highest) = (false, 0);
            seams.Report(FileStates.Retrying, 0, null, "what was put together has another sum; it is fetched from its beginning");
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        var pipeline = TryPolicy.Pipeline(options, time, problem => seams.Report(FileStates.Retrying, part.Length, part.ReadFacts()?.Total, problem));
        for (var meagre = 0; ;)
        {
            var before = _highest;
            if (await OneRoundAsync(pipeline, cancellation))
            {
                return;
            }

            meagre += _highest - before < options.WorthwhileBytes ? 1 : 0;
            if (meagre >= options.MeagreAttempts)
            {
                throw GivenUp($"{meagre} tries brought next to nothing, the last because {TryPolicy.Describe(_cut!)}", _cut);
            }

            seams.Report(FileStates.Retrying, part.Length, part.ReadFacts()?.Total, TryPolicy.Describe(_cut!));
            await Task.Delay(options.FirstPause, time, cancellation);
        }
    }

    /// <summary>Tries until something comes; true: the part is whole.</summary>
    private async Task<bool> OneRoundAsync(Polly.ResiliencePipeline<HttpResponseMessage> pipeline, CancellationToken cancellation)
    {
        var whole = false;
        try
        {
            using var response = await pipeline.ExecuteAsync(async token =>
            {
                using var place = await seams.EnterAsync(token);
                var (answer, done) = await TryAsync(token);
                whole = done;
                return answer;
            }, cancellation);
            if (TryPolicy.IsTransient(response.StatusCode))
            {
                var pause = TryPolicy.AskedPause(response, time);
                throw GivenUp($"the server answers {(int)response.StatusCode}{(pause is { } asked ? string.Create(CultureInfo.InvariantCulture, $" and asks to come back in {asked.TotalSeconds:0} s") : "")}", null);
            }

            return whole;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw GivenUp(TryPolicy.Describe(exception), exception);
        }
    }

    /// <summary>One request. It throws what may be tried again only where it brought nothing new.</summary>
    private async Task<(HttpResponseMessage Answer, bool Whole)> TryAsync(CancellationToken cancellation)
    {
        var facts = part.ReadFacts();
        if (part.Length > 0 && part.Length == facts?.Total)
        {
            _resumed = true;
            return (new HttpResponseMessage(), true);
        }

        using var route = new VettedRoute(demand, options, time);
        var (from, version) = ResumeFrom(facts);
        seams.Report(FileStates.Downloading, from, facts?.Total, null);
        var response = await route.OpenAsync(from, version, cancellation);
        if (TryPolicy.IsTransient(response.StatusCode))
        {
            return (response, false);
        }

        var decision = AnswerDecision.Of(response, from, from > 0 ? facts : null);
        if (from > 0 && decision.Start == 0 && facts is not null && response.Headers.ETag?.ToString() != facts.Etag && ++_changes <= MaximumChanges)
        {
            // It is another file now, and its bytes count from the first; not for a server that gives each answer another tag.
            _highest = 0;
        }

        switch (decision.Use)
        {
            case AnswerUse.Complete:
                _resumed = true;
                return (response, true);
            case AnswerUse.StartAnew:
                _rangesFail |= !decision.RangesWork;
                part.Discard();
                throw new HttpIOException(HttpRequestError.InvalidResponse, decision.Problem);
            case AnswerUse.Fail:
                throw new DownloadException($"{Name} cannot be downloaded: {decision.Problem}");
        }

        CheckSize(decision.Total);
        seams.CheckRoom(decision.Total is { } whole ? whole - decision.Start : 0);
        _resumed = decision.Start > 0;
        var before = _highest;
        try
        {
            await CopyAsync(response, decision, cancellation);
            return (response, true);
        }
        catch (IOException exception) when (_highest > before)
        {
            _cut = exception;
            return (response, false);
        }
    }

    /// <summary>Without a tag that vouches for every byte, only a sum can tell whether two answers are of one file.</summary>
    private (long From, EntityTagHeaderValue? Version) ResumeFrom(PartFacts? facts)
    {
        var version = facts?.Url == Name ? facts.StrongTag : null;
        return _rangesFail || (version is null && demand.Sha256 is null) ? (0, null) : (part.Length, version);
    }

    private async Task CopyAsync(HttpResponseMessage response, AnswerDecision decision, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        await using var file = part.Open(decision.Start, PartFacts.Of(demand, response, decision.Total));
        var buffer = new byte[256 << 10];
        var length = decision.Start;
        while (await ReadAsync(stream, buffer, cancellation) is > 0 and var read)
        {
            if (length + read > (decision.Total ?? Maximum))
            {
                throw new DownloadException(decision.Total is { } total
                    ? $"{Name} is longer than the {total} bytes that its server announced; it was stopped"
                    : TooLarge("more than that came"));
            }

            DiskFailure.Guard(part.Path, () => file.Write(buffer.AsSpan(0, read)));
            length += read;
            _highest = Math.Max(_highest, length);
            seams.Report(FileStates.Downloading, length, decision.Total, null);
        }

        if (length < decision.Total)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, "the transfer was cut off");
        }
    }

    private async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(options.Stall, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await stream.ReadAsync(buffer, both.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, $"the server sent nothing for {options.Stall.TotalSeconds:0} s");
        }
    }

    private void CheckSize(long? total)
    {
        if (total > Maximum)
        {
            throw new DownloadException(TooLarge($"the server announces {total}"));
        }

        if (total < demand.LowestSize)
        {
            throw new DownloadException($"{Name} has {total} bytes as its server says, and the manifest says at least {demand.LowestSize}; correct the size or the address");
        }
    }

    private string TooLarge(string what) => $"{Name} is larger than the {Maximum} bytes that it may have ({what}); correct the size or the address in the manifest";

    private DownloadException GivenUp(string why, Exception? inner) =>
        new($"{Name} could not be downloaded: {why}; {part.Length} bytes are kept, and the next start goes on from there where the server allows it", inner);
}
