using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>Compares the apps that are known with the manifests that are there, and with the processes that really run. A manifest that changed takes effect when its app is
/// next idle; one that is gone takes no newcomers and lets its app go.</summary>
internal static class AppReconciliation
{
    public static void OnObserved(ResidencyTurn turn, ResidencyEvent.AppsObserved observed)
    {
        var policy = turn.Snapshot.Policy;
        turn.Snapshot = turn.Snapshot with { Policy = policy with { Models = policy.Models.RemoveRange(policy.Models.Keys.Where(m => m.IsApp)).SetItems(observed.Policies) } };
        foreach (var app in observed.Apps)
        {
            Found(turn, app);
        }

        var listed = observed.Apps.Select(a => a.Name).ToHashSet();
        foreach (var record in turn.Snapshot.Models.Values.Where(m => m.Name.IsApp && m.Installed is not null && !listed.Contains(m.Name)).ToArray())
        {
            Removed(turn, record);
        }
    }

    /// <summary>Its files are there, so its memory can be planned; or they are not, and those who wait are told.</summary>
    public static void OnPrepared(ResidencyTurn turn, ResidencyEvent.AppPrepared prepared)
    {
        if (turn.Find(prepared.App) is not { Inspecting: true, Installed: { } installed } record || installed.Digest != prepared.Digest)
        {
            return;
        }

        turn.Put(record with { Inspecting = false, FilesReady = prepared.Problem is null });
        if (prepared.Problem is { } problem)
        {
            LoadOutcomes.Fail(turn, prepared.App, LoadFailure.Unstartable, problem);
        }
    }

    /// <summary>Its process is gone: the memory is free, requests on it end by themselves, and whoever waits gets a new start after a pause.</summary>
    public static void OnExited(ResidencyTurn turn, ResidencyEvent.AppExited exited)
    {
        if (turn.Find(exited.App) is not { State: ModelState.Hot or ModelState.Leased, Replica: { } replica } record || replica.LoadId != exited.LoadId)
        {
            return;
        }

        var lived = turn.Now - replica.LoadedAt;
        turn.SetGate(exited.App, GateState.Closed);
        turn.Move(exited.App, ModelTrigger.FoundUnloaded, "its process ended");
        turn.Put(turn.Find(exited.App)! with { Replica = null, ChangedAt = turn.Now, Crashes = lived >= AppRestarts.Stable ? 0 : record.Crashes });
        turn.Announce(AnnouncementTypes.ModelLost, exited.App, $"{exited.App} ended after {Phrases.Short(lived)}, and not by our order: {exited.Reason}", ("reason", exited.Reason), ("leases", $"{replica.Leases}"));
        Evictions.Forget(turn, exited.App);
        if (record.Installed is null)
        {
            EngineReconciliation.DropIfDeleted(turn, exited.App);
        }
        else
        {
            LoadOutcomes.Fail(turn, exited.App, LoadFailure.Engine, exited.Reason);
        }
    }

    /// <summary>Lets idle apps go whose manifest has changed or is gone.</summary>
    public static void Replace(ResidencyTurn turn)
    {
        foreach (var record in turn.Snapshot.Models.Values.Where(m => m.Name.IsApp).ToArray())
        {
            if (record is not { State: ModelState.Hot or ModelState.Leased, Replica: { Leaving: null } replica } || turn.Now < replica.KeptUntil)
            {
                continue;
            }

            if (record.Installed is null && replica.Leases > 0)
            {
                turn.SetGate(record.Name, GateState.Closed);
            }
            else if (replica.Leases == 0 && record.Installed?.Digest != replica.Digest)
            {
                Evictions.Leave(turn, record.Name, record.Installed is null ? UnloadReason.Removed : UnloadReason.Replaced);
            }
        }
    }

    private static void Found(ResidencyTurn turn, InstalledModel app)
    {
        var record = turn.Find(app.Name) ?? new ModelRecord(app.Name, ModelState.Absent);
        var isSame = record.Installed?.Digest == app.Digest;

        // What is being fetched, what failed and why was the old manifest's.
        turn.Put(isSame ? record with { Installed = app } : record with { Installed = app, FilesReady = false, Inspecting = false, Failure = null, Crashes = 0 });
        if (record.State is ModelState.Absent)
        {
            turn.Move(app.Name, ModelTrigger.FoundOnDisk, "its manifest was found");
        }
    }

    private static void Removed(ResidencyTurn turn, ModelRecord record)
    {
        turn.Put(record with { Installed = null, FilesReady = false, Inspecting = false });
        turn.RefuseAll(record.Name, Refusals.NotInstalled(turn.Policy.Node, record.Name, pulling: false));
        LoadPlanning.Drop(turn, record.Name);
        if (turn.Find(record.Name)?.Load is { Cancelling: false } load)
        {
            turn.Change(record.Name, (LoadRecord l) => l with { Cancelling = true });
            turn.Add(new ResidencyEffect.CancelLoad(record.Name, load.Id));
        }

        EngineReconciliation.DropIfDeleted(turn, record.Name);
    }
}
