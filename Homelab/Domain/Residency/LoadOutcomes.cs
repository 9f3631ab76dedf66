using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>What the end of a load means: a replica and lessons for the next estimate, or a failure with its back-off.</summary>
internal static class LoadOutcomes
{
    /// <summary>Weight of the newest load in the mean load rate.</summary>
    private const double Smoothing = 0.3;

    /// <summary>Longest reason kept, in characters: engines answer with whole logs.</summary>
    private const int MaximumReason = 300;

    /// <summary>The same of an app, whose last output is in it.</summary>
    private const int MaximumAppReason = 2000;

    public static void OnSucceeded(ResidencyTurn turn, ResidencyEvent.LoadSucceeded done)
    {
        if (turn.Find(done.Model) is not { Load: { SentAt: not null } load, State: ModelState.Loading } record || load.Id != done.LoadId)
        {
            return;
        }

        LearnContext(turn, record, load, done.Loaded);
        Learn(turn, record, done);
        var held = Placement.Measured(turn.Snapshot, load.Allocation, done.Loaded);
        turn.Move(done.Model, ModelTrigger.FoundLoaded, $"{Phrases.Loaded(done.Model)} in {Phrases.Short(done.Took)}");
        turn.Put(turn.Find(done.Model)! with
        {
            Load = null,
            Failure = null,
            MakesRoom = false,
            FilesReady = false,
            ChangedAt = turn.Now,

            // Made known to the shell below, before anything is granted on it; the pass over the gates opens it.
            Replica = new ReplicaRecord(load.Settings, held, turn.Now, done.Took, Foreign: false, turn.Now, 0, GateState.Closed) { RatedAt = turn.Now, LoadId = load.Id, Digest = load.Digest },
        });
        turn.Announce(
            AnnouncementTypes.ModelLoaded,
            done.Model,
            $"{Phrases.Loaded(done.Model)} {done.Model} ({Phrases.Sum(held)}) in {Phrases.Short(done.Took)}",
            ("bytes", Phrases.Bytes(Phrases.Sum(held))),
            ("planned_bytes", Phrases.Bytes(Phrases.Sum(load.Allocation))),
            ("seconds", Phrases.Seconds(done.Took)));
        UseTracking.Begin(turn, done.Model);
        turn.SetGate(done.Model, GateState.Queueing);
    }

    public static void OnFailed(ResidencyTurn turn, ResidencyEvent.LoadFailed failed)
    {
        if (turn.Find(failed.Model) is not { Load: { SentAt: { } sent } load, State: ModelState.Loading } record || load.Id != failed.LoadId)
        {
            return;
        }

        turn.Put(record with { Load = null, ChangedAt = turn.Now, FilesReady = false });
        var reason = Bounded(failed.Model, failed.Reason);
        switch (failed.Kind)
        {
            case LoadFailure.Cancelled:
                turn.Move(failed.Model, ModelTrigger.LoadCancelled, "nobody waited for it any more");
                turn.Announce(AnnouncementTypes.ModelLoadCancelled, failed.Model, $"gave up {(failed.Model.IsApp ? "starting" : "loading")} {failed.Model} after {Phrases.Short(turn.Now - sent)}: nobody waited for it any more");
                EngineReconciliation.DropIfDeleted(turn, failed.Model);
                break;
            case LoadFailure.EngineDown:
                // Says nothing about the model: no back-off of its own.
                turn.Move(failed.Model, ModelTrigger.LoadCancelled, "the engine does not answer");
                Announce(turn, failed.Model, failed.Kind, reason, "the engine does not answer");
                turn.RefuseAll(failed.Model, Refusals.EngineDown(turn.Snapshot.Policy.Node, reason));
                break;
            case LoadFailure.NotInstalled:
                turn.Move(failed.Model, ModelTrigger.LoadFailed, reason);
                Announce(turn, failed.Model, failed.Kind, reason, "the engine does not have it");
                turn.Put(turn.Find(failed.Model)! with { Installed = null });
                turn.RefuseAll(failed.Model, Refusals.NotInstalled(turn.Snapshot.Policy.Node, failed.Model, pulling: false));
                EngineReconciliation.DropIfDeleted(turn, failed.Model);
                break;
            case LoadFailure.OutOfMemory when record is { MakesRoom: false, Failure: null } && TryAgain(turn, failed, reason):
                break;
            default:
                turn.Move(failed.Model, ModelTrigger.LoadFailed, reason);
                BackOff(turn, failed.Model, failed.Kind, record.MakesRoom ? $"{reason} (twice, the second time with more room)" : reason);
                break;
        }
    }

    /// <summary>An engine that somebody else configured says which context it gives only by giving it. A context that the model itself limits
    /// says nothing of other models, and neither does what Ollama falls back to where memory is short.</summary>
    private static void LearnContext(ResidencyTurn turn, ModelRecord record, LoadRecord load, LoadedModel? loaded)
    {
        if (load.Settings.Context > 0 || record.Facts is not { OwnContext: 0 } facts || loaded is not { Context: > 0 and var context }
            || (facts.TrainedContext > 0 && context >= facts.TrainedContext))
        {
            return;
        }

        var usual = ContextPolicy.Default(LoadTerms.GpuBytes(turn.Snapshot));
        if (context == usual || context is not (4_096 or 32_768))
        {
            turn.Snapshot = turn.Snapshot with { EngineDefaults = turn.Snapshot.EngineDefaults with { Context = context == usual ? 0 : context } };
        }
    }

    /// <summary>A load that ran out of memory in spite of its estimate: the estimate is raised, as far as an empty node could still hold it, something idle goes, and it
    /// is tried once more. False where nothing but the same again could be tried.</summary>
    private static bool TryAgain(ResidencyTurn turn, ResidencyEvent.LoadFailed failed, string reason)
    {
        var record = turn.Find(failed.Model)!;
        var terms = LoadTerms.Of(turn.Snapshot, record);
        var before = turn.Snapshot.Corrections;
        turn.Snapshot = turn.Snapshot with { Corrections = before.Raise(terms.Estimate, record.Installed?.Digest ?? "", terms.Resolved, turn.Snapshot.EngineVersion) };
        if (!LoadAdmission.Of(turn.Snapshot, record).Allows(NodeRoom.Empty(turn.Snapshot)))
        {
            // A machine that could not hold it empty would refuse it for ever, for what may have been another program's doing.
            turn.Snapshot = turn.Snapshot with { Corrections = before };
        }

        turn.Move(failed.Model, ModelTrigger.LoadCancelled, "the engine ran out of memory; it is tried once more with more room");
        turn.Put(turn.Find(failed.Model)! with { MakesRoom = true });
        var raised = LoadTerms.Of(turn.Snapshot, turn.Find(failed.Model)!).Estimate.Total;
        turn.Announce(
            AnnouncementTypes.ModelLoadRetried,
            failed.Model,
            $"{failed.Model} ran out of memory although {terms.Estimate.Total} were reserved for it; it is reckoned with {raised} now and tried once more: {reason}",
            ("estimate_bytes", Phrases.Bytes(terms.Estimate.Total)),
            ("raised_bytes", Phrases.Bytes(raised)),
            ("reason", reason));
        if (!ReferenceEquals(before, turn.Snapshot.Corrections))
        {
            turn.Add(new ResidencyEffect.SaveCorrections(turn.Snapshot.Corrections));
        }

        return true;
    }

    /// <summary>An app that is not to be had outside a load: its files are missing, or its process ended.</summary>
    public static void Fail(ResidencyTurn turn, ModelName app, LoadFailure kind, string reason) => BackOff(turn, app, kind, Bounded(app, reason));

    /// <summary>Of an app's output the end says most.</summary>
    private static string Bounded(ModelName model, string reason) =>
        model.IsApp ? reason.Length > MaximumAppReason ? reason[..(MaximumAppReason / 4)] + "…" + reason[^(MaximumAppReason * 3 / 4)..] : reason
        : reason.Length > MaximumReason ? reason[..MaximumReason] + "…" : reason;

    private static void BackOff(ResidencyTurn turn, ModelName model, LoadFailure kind, string reason)
    {
        var record = turn.Find(model)!;
        if (model.IsApp)
        {
            BackOffApp(turn, record, kind, reason);
            return;
        }

        var attempts = (record.Failure?.Attempts ?? 0) + 1;
        var pause = TimeSpan.FromTicks((long)Math.Min(turn.Policy.LongestBackoff.Ticks, turn.Policy.FirstBackoff.Ticks * Math.Pow(2, Math.Min(attempts - 1, 30))));
        var failure = new FailureRecord(reason, attempts, turn.Now + pause);
        turn.Put(record with { Failure = failure, MakesRoom = false });
        Announce(turn, model, kind, reason, $"{reason} ({Phrases.Count(attempts, "failure")} in a row, tried again in {Phrases.Short(pause)})");
        turn.RefuseAll(model, Refusals.LoadFailed(turn.Snapshot.Policy.Node, model, kind, reason, failure, turn.Now));
    }

    /// <summary>Those who wait for an app are kept while another start may help; then it has failed, and they are told why.</summary>
    private static void BackOffApp(ResidencyTurn turn, ModelRecord record, LoadFailure kind, string reason)
    {
        var attempts = record.Crashes + 1;
        var isRetried = AppRestarts.IsWorthwhile(kind, attempts);
        var pause = AppRestarts.Pause(attempts, turn.Policy.LongestBackoff);
        var failure = new FailureRecord(reason, attempts, turn.Now + pause) { Retrying = isRetried };
        turn.Put(record with { Failure = failure, Crashes = attempts });
        Announce(turn, record.Name, kind, reason, isRetried
            ? $"{reason} ({Phrases.Count(attempts, "failure")} in a row, started again in {Phrases.Short(pause)} where it is wanted)"
            : $"{reason} ({Phrases.Count(attempts, "failure")} in a row; failed)");
        if (!isRetried)
        {
            turn.RefuseAll(record.Name, Refusals.LoadFailed(turn.Snapshot.Policy.Node, record.Name, kind, reason, failure, turn.Now));
        }
    }

    private static void Announce(ResidencyTurn turn, ModelName model, LoadFailure kind, string reason, string words) =>
        turn.Announce(AnnouncementTypes.ModelLoadFailed, model, $"{model} could not be {Phrases.Loaded(model)}: {words}", ("kind", kind.ToString()), ("reason", reason));

    private static void Learn(ResidencyTurn turn, ModelRecord record, ResidencyEvent.LoadSucceeded done)
    {
        if (record.Name.IsApp)
        {
            // How long a program takes to start says nothing of the disk, and what it holds nobody measures.
            return;
        }

        var terms = LoadTerms.Of(turn.Snapshot, record);
        if (done.Took > TimeSpan.Zero && terms.Estimate.Weights > ByteSize.Zero)
        {
            var rate = terms.Estimate.Weights.Bytes / done.Took.TotalSeconds;
            var mean = turn.Snapshot.MeasuredLoadRate is { } before ? (Smoothing * rate) + ((1 - Smoothing) * before.Bytes) : rate;
            turn.Snapshot = turn.Snapshot with { MeasuredLoadRate = new ByteSize((long)Math.Clamp(mean, 1, 1L << 50)) };
        }

        if (done.Loaded is { } loaded && loaded.TotalBytes > ByteSize.Zero && record.Installed is { } installed)
        {
            var corrections = turn.Snapshot.Corrections.Learn(terms.Uncorrected, loaded.TotalBytes, installed.Digest, record.Facts?.Architecture ?? "", terms.Resolved, turn.Snapshot.EngineVersion);
            turn.Snapshot = turn.Snapshot with { Corrections = corrections };
            turn.Add(new ResidencyEffect.SaveCorrections(corrections));
        }
    }
}
