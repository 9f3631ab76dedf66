using Homelab.Domain.Cluster;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Nodes;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Simulation;

/// <summary>A daemon in miniature: the authority over its own memory, with its own run, sequence and memory of commands. It loads for
/// commands and for requests, evicts what nobody uses, and refuses what does not fit.</summary>
internal sealed class SimulatedNode(string id, int gib, NodeModelSize[] installed, SimulatedTime time)
{
    private const int Capacity = 2;
    private readonly Dictionary<ModelName, SimulatedReplica> _replicas = [];
    private readonly Dictionary<string, CommandReport> _results = [];
    private readonly Dictionary<string, long> _carriedSince = [];
    private readonly Dictionary<string, CommandReport> _executed = [];
    private readonly List<(ClusterCommand Command, TimeSpan Deadline)> _waitingCommands = [];
    private readonly List<(long Request, ModelName Model, TimeSpan Deadline, Action<bool> Done)> _waiting = [];
    private long _sequence;
    private long _epoch;
    private int _boots;

    public string Id { get; } = id;

    public bool Up { get; private set; }

    public string Boot => $"{Id}-boot-{_boots}";

    public IReadOnlyDictionary<ModelName, SimulatedReplica> Replicas => _replicas;

    public IEnumerable<ModelName> Installed => installed.Select(m => m.Name);

    /// <summary>Called when something changed that a hub should know at once.</summary>
    public Action Changed { get; set; } = () => { };

    public void Start()
    {
        Up = true;
        _boots++;
        _sequence = 0;
        Changed();
    }

    public void Crash()
    {
        Up = false;
        _replicas.Clear();
        _results.Clear();
        _carriedSince.Clear();
        _executed.Clear();
        _waitingCommands.Clear();
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var request in waiting)
        {
            request.Done(false);
        }
    }

    public HeartbeatReport Beat()
    {
        _sequence++;
        foreach (var result in _results.Keys)
        {
            _carriedSince.TryAdd(result, _sequence);
        }

        return new HeartbeatReport(Id, Boot, _sequence)
        {
            Name = Id,
            EpochSeen = _epoch,
            Address = "http://" + Id,
            Engine = "simulated",
            EngineUp = true,
            Devices = [new DeviceSnapshot("gpu0", DeviceKind.Cuda, GiB(gib), ByteSize.Zero, ByteSize.Zero)],
            LargestBudget = GiB(gib),
            InventoryDigest = "digest of " + Id,
            Inventory = NodeInventory.Of("digest of " + Id, installed.Select(m => Model(m.Name.Value, m.Gib, m.Gib / 2.0))),
            Waiting = _waiting.Count,
            Replicas =
            [
                .. _replicas.Values.Select(r => new NodeReplica(r.Size.Name, r.State)
                {
                    Bytes = GiB(r.Size.Gib),
                    Allocation = [new DeviceAllocation("gpu0", GiB(r.Size.Gib))],
                    Leases = r.Leases.Count,
                    Capacity = Capacity,
                    Waiting = _waiting.Count(w => w.Model == r.Size.Name),
                    LastUsed = r.LastUsed,
                    ReloadTime = Seconds(r.Size.Gib / 2.0),
                    UsesPerSecond = r.Served / 300.0,
                    ServiceTime = Seconds(4),
                }),
            ],
            Results = [.. _results.Values],
        };
    }

    /// <summary>An answer of a hub; one of an earlier epoch than the highest seen says nothing.</summary>
    public void OnAck(string boot, ClusterAck ack)
    {
        if (!Up || boot != Boot || ack.Epoch < _epoch)
        {
            return;
        }

        _epoch = ack.Epoch;
        foreach (var taken in _carriedSince.Where(c => c.Value <= ack.Sequence).Select(c => c.Key).ToArray())
        {
            if (_results[taken].IsFinal)
            {
                _results.Remove(taken);
                _carriedSince.Remove(taken);
            }
        }

        foreach (var (command, left) in ack.Commands)
        {
            OnCommand(command, left);
        }
    }

    /// <summary>A request that a hub sent here; served when the model is hot, refused where it never will be in time.</summary>
    public void OnRequest(long request, ModelName model, Action<bool> done)
    {
        _waiting.Add((request, model, time.Now + Seconds(60), done));
        time.After(61, Settle);
        Settle();
    }

    /// <summary>Requests of a hub that is gone end at once.</summary>
    public void Drop(Func<long, bool> isGone)
    {
        _waiting.RemoveAll(w => isGone(w.Request));
        foreach (var replica in _replicas.Values)
        {
            replica.Leases.RemoveWhere(l => isGone(l));
        }

        Settle();
    }

    /// <summary>Somebody uses the engine behind the daemon's back.</summary>
    public void EvictByHand(Random random)
    {
        var idle = _replicas.Values.Where(r => r.State == ModelState.Hot).ToArray();
        if (Up && idle.Length > 0)
        {
            _replicas.Remove(idle[random.Next(idle.Length)].Size.Name);
            Settle();
            Changed();
        }
    }

    private void OnCommand(ClusterCommand command, TimeSpan left)
    {
        if (_results.ContainsKey(command.Id))
        {
            return;
        }

        // A hub that sends it again has not taken the result: it took a late heartbeat of an earlier run for a new run, say.
        if (_executed.TryGetValue(command.Id, out var done))
        {
            _results[command.Id] = done;
            Changed();
            return;
        }

        _results[command.Id] = new CommandReport(command.Id, CommandStatus.Accepted);
        _waitingCommands.Add((command, time.Now + left));
        time.After(left.TotalSeconds + 0.001, Settle);
        Settle();
        Changed();
    }

    private void Settle()
    {
        foreach (var waiting in _waitingCommands.ToArray())
        {
            var model = waiting.Command.Model!.Value;
            if (time.Now >= waiting.Deadline)
            {
                Finish(waiting, new CommandReport(waiting.Command.Id, CommandStatus.Stale));
            }
            else if (_replicas.TryGetValue(model, out var replica) && replica.Hot)
            {
                Finish(waiting, new CommandReport(waiting.Command.Id, CommandStatus.Done));
            }
            else if (replica is null && Array.Find(installed, m => m.Name == model) is not { } size)
            {
                Finish(waiting, new CommandReport(waiting.Command.Id, CommandStatus.Failed) { Code = "model_not_found" });
            }
            else if (replica is null)
            {
                Load(model);
            }
        }

        foreach (var waiting in _waiting.ToArray())
        {
            if (time.Now >= waiting.Deadline || !Installed.Contains(waiting.Model))
            {
                _waiting.Remove(waiting);
                waiting.Done(false);
            }
            else if (!_replicas.TryGetValue(waiting.Model, out var replica))
            {
                Load(waiting.Model);
            }
            else if (replica.Hot && replica.Leases.Count < Capacity)
            {
                _waiting.Remove(waiting);
                Serve(replica, waiting.Request, waiting.Done);
            }
        }
    }

    private void Serve(SimulatedReplica replica, long request, Action<bool> done)
    {
        replica.Leases.Add(request);
        replica.Served++;
        var boot = Boot;
        time.After(4, () =>
        {
            if (Up && Boot == boot && replica.Leases.Remove(request))
            {
                replica.LastUsed = time.Now;
                done(true);
                Settle();
            }
        });
    }

    private void Load(ModelName model)
    {
        var size = Array.Find(installed, m => m.Name == model)!;
        var free = gib - _replicas.Values.Sum(r => r.Size.Gib);
        foreach (var victim in _replicas.Values.Where(r => r.State == ModelState.Hot && !_waiting.Exists(w => w.Model == r.Size.Name)).OrderBy(r => r.LastUsed).ToArray())
        {
            if (free >= size.Gib)
            {
                break;
            }

            free += victim.Size.Gib;
            _replicas.Remove(victim.Size.Name);
        }

        if (free < size.Gib)
        {
            return;
        }

        var replica = new SimulatedReplica(size, time.Now + Seconds(size.Gib / 2.0));
        _replicas.Add(model, replica);
        Assert.True(_replicas.Values.Sum(r => r.Size.Gib) <= gib, $"{Id} holds more than {gib} GiB at {time.Now}");
        time.After(size.Gib / 2.0, () =>
        {
            if (Up && _replicas.GetValueOrDefault(model) == replica)
            {
                replica.Hot = true;
                Settle();
                Changed();
            }
        });
        Changed();
    }

    private void Finish((ClusterCommand Command, TimeSpan Deadline) waiting, CommandReport report)
    {
        _waitingCommands.Remove(waiting);
        Assert.True(_executed.TryAdd(waiting.Command.Id, report), $"{waiting.Command.Id} was done twice on {Id}");
        _results[waiting.Command.Id] = report;
        _carriedSince.Remove(waiting.Command.Id);
        Changed();
    }
}
