using System.Collections.Immutable;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>A node under test: the snapshot, a clock that tests move, the shell's gates, and an engine that does what tests tell it.
/// Time passes only in <c>Wait</c>, in steps of a second with a tick each.</summary>
internal sealed class Scheduler
{
    private readonly Dictionary<ModelName, SimulatedGate> _gates = [];
    private readonly Dictionary<long, Request> _requests = [];
    private readonly Queue<ResidencyEvent> _answers = [];
    private long _nextId = 1;

    public Scheduler(long gpuGibibytes = 24, Func<ResidencyPolicy, ResidencyPolicy>? policy = null)
    {
        var rules = new ResidencyPolicy { DefaultModel = new ModelPolicy(false, false, TimeSpan.Zero, 4096, 1), Reserve = ByteSize.Zero };
        Snapshot = new ResidencySnapshot { Policy = policy?.Invoke(rules) ?? rules };
        Devices = [new DeviceReading("gpu0", DeviceKind.Cuda, ByteSize.FromGibibytes(gpuGibibytes), null)];
    }

    public ResidencySnapshot Snapshot { get; private set; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromMinutes(10);

    /// <summary>What the probe would read.</summary>
    public ImmutableArray<DeviceReading> Devices { get; set; }

    /// <summary>What the engine says that it gives a load that names nothing.</summary>
    public EngineDefaults? Defaults { get; set; }

    /// <summary>Where the engine would make room by itself; null: it never does.</summary>
    public EngineLimits? Limits { get; set; }

    /// <summary>What the engine has on disk and in memory.</summary>
    public Dictionary<ModelName, InstalledModel> Disk { get; } = [];

    public Dictionary<ModelName, LoadedModel> Memory { get; } = [];

    /// <summary>The manifests that are there.</summary>
    public Dictionary<ModelName, InstalledModel> Apps { get; } = [];

    public Dictionary<ModelName, TimeSpan> Idle { get; } = [];

    /// <summary>Every effect so far, in order.</summary>
    public List<ResidencyEffect> Effects { get; } = [];

    /// <summary>Loads and unloads that the engine was asked for and has not answered.</summary>
    public List<ResidencyEffect.StartLoad> Loads { get; } = [];

    public List<ResidencyEffect.StartUnload> Unloads { get; } = [];

    public List<ModelName> Inspections { get; } = [];

    public IReadOnlyCollection<Request> Requests => _requests.Values;

    /// <summary>Called after each step with the event, the snapshot before, and the effects.</summary>
    public Action<ResidencyEvent, ResidencySnapshot, ImmutableArray<ResidencyEffect>>? AfterStep { get; set; }

    /// <summary>Called before an effect is executed.</summary>
    public Action<ResidencyEffect>? BeforeEffect { get; set; }

    public IEnumerable<Announcement> Announcements => Effects.OfType<ResidencyEffect.Announce>().Select(a => a.Announcement);

    public static ModelName Name(string text) => ModelName.Parse(text);

    public SimulatedGate? Gate(string model) => _gates.GetValueOrDefault(Name(model));

    /// <summary>Puts a model on the engine's disk that is known to need exactly so much.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="gibibytes">What it needs.</param>
    /// <param name="capabilities">Of the engine's list.</param>
    /// <param name="weights">The weights file that it shares with others.</param>
    public Scheduler Installed(string model, double gibibytes, string[]? capabilities = null, string? weights = null)
    {
        var name = Name(model);
        var size = new ByteSize((long)(gibibytes * (1L << 30)));
        var installed = new InstalledModel(name, "digest-of-" + model, size, [.. capabilities ?? ["completion"]]) { Runner = weights is null ? null : new RunnerIdentity(weights, model, 0) };
        Disk[name] = installed;
        var policy = Snapshot.Policy.For(name);
        var settings = new LoadSettings(policy.Context, Snapshot.EngineDefaults.Sequences);
        var known = Snapshot.Corrections.Learn(MemoryEstimator.FromFileSize(size), size, installed.Digest, "", settings);

        // Told and not measured: the first measurement counts as it is.
        Snapshot = Snapshot with { Corrections = known with { Observations = known.Observations.ToImmutableSortedDictionary(o => o.Key, _ => 0) } };
        return this;
    }

    /// <summary>The daemon has started: engine and devices were looked at once.</summary>
    public Scheduler Started()
    {
        Probe();
        Observe();
        return this;
    }

    public void Probe() => Apply(new ResidencyEvent.DevicesObserved(Devices));

    public void Observe(TimeSpan? askedAt = null) => Apply(new ResidencyEvent.EngineObserved([.. Disk.Values], [.. Memory.Values], askedAt ?? Now, Defaults, Limits));

    /// <summary>A request arrives: it takes a lease at the gate or waits.</summary>
    public Request Ask(string model, string principal = "anna", TimeSpan? patience = null, bool isOperator = false)
    {
        var request = new Request(_nextId++, Name(model), isOperator);
        _requests[request.Id] = request;
        if (!isOperator && _gates.TryGetValue(request.Model, out var gate) && gate.State == GateState.Open && gate.Leases < gate.Capacity)
        {
            Grant(request, gate);
        }
        else
        {
            Apply(new ResidencyEvent.LeaseWanted(new Waiter(request.Id, request.Model, principal, Now, Now + (patience ?? Snapshot.Policy.MaximumWait), isOperator)));
        }

        return request;
    }

    /// <summary>A running request ends.</summary>
    public void End(Request request)
    {
        Assert.True(request.IsRunning, $"request {request.Id} for {request.Model} does not run");
        request.IsRunning = false;
        var gate = _gates[request.Model];
        gate.Leases--;
        gate.LastUsed = Now;
        if (gate.State != GateState.Open || !Snapshot.Waiters.IsEmpty)
        {
            Apply(new ResidencyEvent.LeaseReturned(request.Model));
        }
    }

    /// <summary>The client of a waiting request goes away.</summary>
    public void Leave(Request request)
    {
        Assert.True(request.IsWaiting);
        request.Endings++;
        Apply(new ResidencyEvent.WaiterLeft(request.Id));
    }

    public void LoadSucceeds(string model, double seconds = 10, LoadedModel? measured = null)
    {
        var load = Loads.Single(l => l.Model == Name(model));
        Loads.Remove(load);
        if (load.Model.IsApp)
        {
            Apply(new ResidencyEvent.LoadSucceeded(load.Model, load.LoadId, null, TimeSpan.FromSeconds(seconds)));
            return;
        }

        var total = Phrases.Sum(load.Allocation);
        var loaded = measured ?? new LoadedModel(load.Model, total, total, load.Settings.Context, false);
        Memory[load.Model] = loaded;
        Apply(new ResidencyEvent.LoadSucceeded(load.Model, load.LoadId, loaded, TimeSpan.FromSeconds(seconds)));
    }

    public void LoadFails(string model, LoadFailure kind = LoadFailure.Engine, string reason = "llama-server said no")
    {
        var load = Loads.Single(l => l.Model == Name(model));
        Loads.Remove(load);
        Apply(new ResidencyEvent.LoadFailed(load.Model, load.LoadId, kind, reason));
    }

    public void UnloadEnds(string model)
    {
        Assert.Equal(1, Unloads.RemoveAll(u => u.Model == Name(model)));
        Memory.Remove(Name(model));
        Apply(new ResidencyEvent.Unloaded(Name(model)));
    }

    public void UnloadFails(string model)
    {
        Assert.Equal(1, Unloads.RemoveAll(u => u.Model == Name(model)));
        Apply(new ResidencyEvent.UnloadFailed(Name(model), "the engine answered 500"));
    }

    /// <summary>Loads a model to the end on behalf of nobody in particular, and lets it grow old enough to be evicted.</summary>
    public Scheduler Hot(params string[] models)
    {
        foreach (var model in models)
        {
            var request = Ask(model);
            LoadSucceeds(model);
            End(request);
        }

        Wait(TimeSpan.FromSeconds(60));
        return this;
    }

    public void Wait(TimeSpan span)
    {
        var end = Now + span;
        while (Now < end)
        {
            Now = Now + TimeSpan.FromSeconds(1) < end ? Now + TimeSpan.FromSeconds(1) : end;
            Apply(new ResidencyEvent.Tick());
        }
    }

    /// <summary>The machine slept, or the loop was busy: time passes with one tick at its end.</summary>
    public void Jump(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        Apply(new ResidencyEvent.Tick());
    }

    /// <summary>Everything the engine was asked for is done, every running request ends, time passes; until nothing is left to do.</summary>
    public void Quiesce(int rounds = 600)
    {
        for (var i = 0; i < rounds; i++)
        {
            foreach (var load in Loads.ToArray())
            {
                LoadSucceeds(load.Model.Value, 2);
            }

            foreach (var unload in Unloads.ToArray())
            {
                UnloadEnds(unload.Model.Value);
            }

            foreach (var request in _requests.Values.Where(r => r.IsRunning).ToArray())
            {
                End(request);
            }

            Observe();
            Jump(3);
            if (Snapshot.Waiters.IsEmpty && Loads.Count == 0 && Unloads.Count == 0 && !_requests.Values.Any(r => r.IsRunning))
            {
                return;
            }
        }
    }

    public void Wait(double seconds) => Wait(TimeSpan.FromSeconds(seconds));

    public void Lose(string problem = "connection refused") => Apply(new ResidencyEvent.EngineLost(problem));

    public void Drain() => Apply(new ResidencyEvent.DrainStarted());

    public void UnloadWanted(string model) => Apply(new ResidencyEvent.UnloadWanted(Name(model)));

    public void Pull(string model, ModelTrigger trigger) => Apply(new ResidencyEvent.PullChanged(Name(model), trigger));

    public void Inspected(string model, GgufFacts? facts)
    {
        Assert.True(Inspections.Remove(Name(model)));
        Apply(new ResidencyEvent.ModelInspected(Name(model), Snapshot.Models.GetValueOrDefault(Name(model))?.Installed?.Digest ?? "", facts));
    }

    /// <summary>An app's manifest appears, or changes.</summary>
    public Scheduler App(string app, double vram, double ram = 0, string digest = "1", double idleSeconds = 0)
    {
        var name = ModelName.OfApp(app);
        Apps[name] = new InstalledModel(name, digest, ByteSize.Zero, []) { App = new AppTerms(Gibibytes(vram), Gibibytes(ram), TimeSpan.FromSeconds(5)) };
        Idle[name] = TimeSpan.FromSeconds(idleSeconds);
        ObserveApps();
        return this;
    }

    /// <summary>An app's manifest is deleted.</summary>
    public void NoApp(string app)
    {
        Apps.Remove(ModelName.OfApp(app));
        ObserveApps();
    }

    public void Prepared(string app, string? problem = null, string? digest = null)
    {
        Assert.True(Inspections.Remove(Name(app)));
        Apply(new ResidencyEvent.AppPrepared(Name(app), digest ?? Snapshot.Models.GetValueOrDefault(Name(app))?.Installed?.Digest ?? "", problem));
    }

    public void Exits(string app, string reason = "exit code 3") => Apply(new ResidencyEvent.AppExited(Name(app), Snapshot.Models[Name(app)].Replica!.LoadId, reason));

    /// <summary>Whether metadata is answered as unreadable at once, so that sizes are those of <see cref="Installed"/>.</summary>
    public bool AnswersInspections { get; set; } = true;

    public ModelState State(string model) => Snapshot.Models[Name(model)].State;

    public ResidencyDecision Decide(string model) => ResidencyPlanner.Decide(Snapshot, Name(model), Now);

    public int Count<T>(string model)
        where T : ResidencyEffect => Effects.OfType<T>().Count(e => ModelOf(e) == Name(model));

    public void Apply(ResidencyEvent change)
    {
        Step(change);
        while (_answers.TryDequeue(out var answer))
        {
            Step(answer);
        }

        while (AnswersInspections && Inspections.Count > 0)
        {
            if (Inspections[0].IsApp)
            {
                Prepared(Inspections[0].Value);
            }
            else
            {
                Inspected(Inspections[0].Value, null);
            }
        }
    }

    private static ByteSize Gibibytes(double number) => new((long)(number * (1L << 30)));

    private void ObserveApps() => Apply(new ResidencyEvent.AppsObserved(
        [.. Apps.Values],
        Apps.Keys.ToImmutableDictionary(a => a, a => new ModelPolicy(false, false, Idle[a], 0, int.MaxValue))));

    private static ModelName? ModelOf(ResidencyEffect effect) => effect switch
    {
        ResidencyEffect.StartLoad e => e.Model,
        ResidencyEffect.StartUnload e => e.Model,
        ResidencyEffect.CancelLoad e => e.Model,
        ResidencyEffect.CloseIdleGate e => e.Model,
        ResidencyEffect.Inspect e => e.Model,
        ResidencyEffect.SetGate e => e.Model,
        ResidencyEffect.Grant e => e.Model,
        ResidencyEffect.Announce e => e.Announcement.Model,
        _ => null,
    };

    private void Step(ResidencyEvent change)
    {
        var before = Snapshot;
        var readings = _gates.Select(g => new LeaseReading(g.Key, g.Value.Leases, g.Value.Served, g.Value.LastUsed)).ToImmutableArray();
        var step = ResidencyReducer.Apply(before, change, Now, readings);
        Snapshot = step.Snapshot;
        foreach (var effect in step.Effects)
        {
            BeforeEffect?.Invoke(effect);
            Effects.Add(effect);
            Execute(effect);
        }

        AfterStep?.Invoke(change, before, step.Effects);
    }

    private void Execute(ResidencyEffect effect)
    {
        switch (effect)
        {
            case ResidencyEffect.Grant e when _requests[e.WaiterId] is { IsWaiting: true } request:
                if (request.IsOperator)
                {
                    request.Endings++;
                    request.IsGranted = true;
                }
                else
                {
                    Grant(request, _gates[e.Model]);
                }

                break;
            case ResidencyEffect.Grant e:
                _requests[e.WaiterId].Endings++;
                break;
            case ResidencyEffect.Refuse e:
                _requests[e.WaiterId].Endings++;
                _requests[e.WaiterId].Refusal = e.Refusal;
                break;
            case ResidencyEffect.SetGate e:
                var gate = _gates.TryGetValue(e.Model, out var known) ? known : _gates[e.Model] = new SimulatedGate();
                (gate.State, gate.Capacity) = (e.Gate, e.Capacity);
                break;
            case ResidencyEffect.CloseIdleGate e when _gates[e.Model].Leases == 0:
                _gates[e.Model].State = GateState.Closed;
                _answers.Enqueue(new ResidencyEvent.GateClosed(e.Model));
                break;
            case ResidencyEffect.CloseIdleGate e:
                _answers.Enqueue(new ResidencyEvent.GateBusy(e.Model));
                break;
            case ResidencyEffect.StartLoad e:
                Loads.Add(e);
                break;
            case ResidencyEffect.StartUnload e:
                Unloads.Add(e);
                break;
            case ResidencyEffect.Inspect e:
                Inspections.Add(e.Model);
                break;
            default:
                break;
        }
    }

    private void Grant(Request request, SimulatedGate gate)
    {
        request.Endings++;
        (request.IsGranted, request.IsRunning, request.GrantedAt) = (true, true, Now);
        gate.Leases++;
        gate.Served++;
        gate.LastUsed = Now;
    }
}
