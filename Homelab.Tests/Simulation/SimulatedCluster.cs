using System.Globalization;
using System.Text;
using Homelab.Domain.Cluster;
using Homelab.Domain.Nodes;
using Homelab.Domain.Placement;
using Homelab.Tests.Domain.Placement;
using static Homelab.Tests.Domain.Placement.Fleet;

namespace Homelab.Tests.Simulation;

/// <summary>A hub, some nodes and a network that loses, repeats, delays and reorders, all from one seed and under fake time. The hub's shell
/// does what the real one does: holds a heartbeat until there is something to say, counts what it sends, asks again where it was refused.</summary>
internal sealed class SimulatedCluster
{
    private static readonly ClusterPolicy Policy = new() { LoadTimeout = Seconds(90) };

    private readonly Random _random;
    private readonly SimulatedTime _time = new();
    private readonly List<SimulatedNode> _nodes = [];
    private readonly NodeModelSize[] _models;
    private readonly HashSet<string> _partitioned = [];
    private readonly Dictionary<string, (string Name, string Boot, string[] Old, bool Draining)> _store = [];
    private readonly Dictionary<string, (string Boot, long Sequence)> _held = [];
    private readonly Dictionary<long, Request> _requests = [];
    private readonly Dictionary<string, (string Boot, long Sequence)> _newest = [];
    private readonly StringBuilder _trace = new();
    private ClusterSnapshot _snapshot = null!;
    private Dispatches _dispatches = new();
    private TimeSpan _hubStart;
    private long _epoch = 1;
    private long _ids;
    private double _trouble = 1;

    public SimulatedCluster(int seed)
    {
        _random = new Random(seed);
        _models = [.. Enumerable.Range(0, 8).Select(i => new NodeModelSize(Name($"m{i}"), 2 + _random.Next(14)))];
        StartHub();
        for (var i = 0; i < 3 + _random.Next(3); i++)
        {
            var node = new SimulatedNode($"n{i}", 12 + _random.Next(20), [.. _models.Where(_ => _random.Next(3) > 0)], _time);
            _nodes.Add(node);
            node.Changed = () => _time.After(0.05, () => Send(node));
            Apply(new ClusterEvent.NodeJoined(node.Id, node.Id, "1"));
            node.Start();
            Heartbeats(node);
        }

        Ticks();
    }

    public ClusterSnapshot Snapshot => _snapshot;

    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>Everything that the hub decided, for comparing two runs.</summary>
    public string Trace => _trace.ToString();

    public int Served { get; private set; }

    public int Refused { get; private set; }

    public int Restarts { get; private set; }

    /// <summary>Requests and faults for a while.</summary>
    public void Trouble(double seconds)
    {
        Requests(seconds);
        Faults(_time.Now + Seconds(seconds));
        _time.Run(seconds, AssertSafe);
    }

    /// <summary>No requests, no faults, everything runs, until nothing moves any more.</summary>
    public void Quiesce()
    {
        _trouble = 0;
        _partitioned.Clear();
        foreach (var node in _nodes)
        {
            if (!node.Up)
            {
                node.Start();
            }

            Apply(new ClusterEvent.ResumeWanted(node.Id));
        }

        _time.Run(400, AssertSafe);
    }

    /// <summary>Hub and nodes say the same, and nothing is left over.</summary>
    public void AssertAgree()
    {
        Assert.Empty(_snapshot.Waiters);
        Assert.Empty(_snapshot.Loads);
        Assert.Empty(_snapshot.Commands);
        Assert.False(_snapshot.CutOff);
        Assert.All(_requests.Values, r => Assert.True(r.Ended, $"request {r.Id} never ended"));
        foreach (var node in _nodes)
        {
            var known = _snapshot.Nodes.Find(node.Id)!;
            Assert.True(known.TakesWork, $"{node.Id} is {known.Liveness}");
            Assert.Equal(node.Boot, known.BootId);
            Assert.Equal(node.Installed.Order(), known.Inventory.Models.Keys.Order());
            Assert.Equal(node.Replicas.Values.Select(r => (r.Size.Name, r.State)).Order(), known.Replicas.Select(r => (r.Model, r.State)));
            Assert.All(node.Replicas.Values, r => Assert.Empty(r.Leases));
            Assert.All(_models, m => Assert.Equal(0, _dispatches.InFlight(node.Id, m.Name)));
        }
    }

    private TimeSpan HubNow => _time.Now - _hubStart;

    private void StartHub()
    {
        _epoch += 1 + _random.Next(3);
        _hubStart = _time.Now;
        _dispatches = new Dispatches();
        _held.Clear();
        _newest.Clear();
        _snapshot = new ClusterSnapshot { Epoch = _epoch, Policy = Policy };
        foreach (var (id, (name, boot, old, draining)) in _store)
        {
            Apply(new ClusterEvent.NodeKnown(id, name, boot, [.. old], draining));
        }
    }

    /// <summary>Soft state is gone, and with it everybody who was connected.</summary>
    private void RestartHub()
    {
        Restarts++;
        foreach (var request in _requests.Values)
        {
            request.Ended = true;
        }

        foreach (var node in _nodes)
        {
            node.Drop(id => _requests[id].Ended);
        }

        StartHub();
    }

    private void Apply(ClusterEvent change)
    {
        var step = ClusterReducer.Apply(_snapshot, change, _dispatches, HubNow);
        _snapshot = step.Snapshot;
        foreach (var effect in step.Effects)
        {
            switch (effect)
            {
                case ClusterEffect.SaveNode save:
                    _store[save.Node.Id] = (save.Node.Name, save.Node.BootId, [.. save.Node.OldBoots], save.Node.Draining);
                    break;
                case ClusterEffect.Deliver deliver when _held.Remove(deliver.Node, out var held):
                    Answer(deliver.Node, held.Boot);
                    break;
                case ClusterEffect.Answer answer:
                    OnAnswer(_requests[answer.WaiterId], answer.Decision);
                    break;
                case ClusterEffect.Announce announce:
                    _trace.Append(CultureInfo.InvariantCulture, $"{_time.Now} {announce.Announcement.Message}\n");
                    break;
                default:
                    break;
            }
        }
    }

    private void Ticks() => _time.After(1, () =>
    {
        Apply(new ClusterEvent.Tick());
        Ticks();
    });

    private void Heartbeats(SimulatedNode node) => _time.After(4 + (2 * _random.NextDouble()), () =>
    {
        Send(node);
        Heartbeats(node);
    });

    private void Send(SimulatedNode node)
    {
        if (node.Up)
        {
            var report = node.Beat();
            Network(node.Id, () => OnBeat(report));
        }
    }

    private void OnBeat(HeartbeatReport report)
    {
        var before = _snapshot.Nodes.Find(report.NodeId)!.Sequence;
        Apply(new ClusterEvent.BeatArrived(_ids++, report, [.. _models.Select(m => (m.Name, _dispatches.InFlight(report.NodeId, m.Name)))]));
        var node = _snapshot.Nodes.Find(report.NodeId)!;
        if (node.BootId != report.BootId)
        {
            return;
        }

        // The older held one is answered as well; this one at once where there is something to say or nothing new was said.
        if (_held.Remove(report.NodeId, out var held))
        {
            Answer(report.NodeId, held.Boot);
        }

        if (node.Sequence == before || ClusterAcks.For(_snapshot, node.Id, node.BootId, HubNow)!.IsUrgent)
        {
            Answer(node.Id, report.BootId);
        }
        else
        {
            _held[node.Id] = (report.BootId, report.Sequence);
            _time.After(5, () =>
            {
                if (_held.TryGetValue(node.Id, out var still) && still == (report.BootId, report.Sequence))
                {
                    _held.Remove(node.Id);
                    Answer(node.Id, report.BootId);
                }
            });
        }
    }

    private void Answer(string node, string boot)
    {
        if (ClusterAcks.For(_snapshot, node, boot, HubNow) is { } ack)
        {
            Network(node, () => _nodes.Find(n => n.Id == node)!.OnAck(boot, ack));
        }
    }

    /// <summary>Delivers late, never, or more than once.</summary>
    private void Network(string node, Action deliver)
    {
        var copies = _random.NextDouble() < 0.1 * _trouble ? 0 : _random.NextDouble() < 0.1 * _trouble ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            var delay = _random.NextDouble() < 0.1 * _trouble ? _random.NextDouble() * 20 : 0.001 + (_random.NextDouble() * 0.05);
            _time.After(delay, () =>
            {
                if (!_partitioned.Contains(node))
                {
                    deliver();
                }
            });
        }
    }

    private void Requests(double seconds)
    {
        for (var at = 0.0; at < seconds; at += -Math.Log(1 - _random.NextDouble()) / 0.8)
        {
            var model = _models[(int)(_models.Length * Math.Pow(_random.NextDouble(), 2))].Name;
            var leaves = _random.Next(10) == 0;
            _time.After(at, () =>
            {
                var request = new Request(++_ids, new PlacementDemand(model) { Seed = _ids });
                _requests[request.Id] = request;
                Route(request);
                if (leaves)
                {
                    _time.After(3, () => Leave(request));
                }
            });
        }
    }

    private void Route(Request request)
    {
        var decision = PlacementPlanner.Decide(_snapshot.Placement, request.Demand, _dispatches, HubNow);
        if (Target(decision) is not null && decision is not PlacementDecision.Load)
        {
            OnAnswer(request, decision);
            return;
        }

        request.Waits = true;
        Apply(new ClusterEvent.LeaseWanted(Waiter(request)));
    }

    private ClusterWaiter Waiter(Request request) => new(request.Id, request.Demand, "key", HubNow, HubNow + Seconds(60));

    private void Leave(Request request)
    {
        if (request is { Ended: false, Waits: true })
        {
            request.Ended = true;
            Apply(new ClusterEvent.WaiterLeft(request.Id));
        }
    }

    private void OnAnswer(Request request, PlacementDecision decision)
    {
        Assert.False(request.Ended, $"request {request.Id} was answered after its end");
        request.Waits = false;
        _trace.Append(CultureInfo.InvariantCulture, $"{_time.Now} {request.Id} {PlacementSentences.Of(decision, request.Demand.Model)}\n");
        if (Target(decision) is not { } id)
        {
            request.Ended = true;
            Refused++;
            return;
        }

        Assert.True(_snapshot.Nodes.Find(id)!.TakesWork, $"{id} takes no work and got request {request.Id}");
        var node = _nodes.Find(n => n.Id == id)!;
        _dispatches[id, request.Demand.Model.Value]++;
        var hub = _dispatches;
        _time.After(0.01, () => Arrive(request, node, hub));
    }

    private void Arrive(Request request, SimulatedNode node, Dispatches hub)
    {
        if (request.Ended)
        {
            return;
        }

        if (!node.Up || _partitioned.Contains(node.Id))
        {
            hub[node.Id, request.Demand.Model.Value]--;
            Apply(new ClusterEvent.ContactLost(node.Id, _snapshot.Nodes.Find(node.Id)!.BootId));
            Again(request, node.Id);
            return;
        }

        node.OnRequest(request.Id, request.Demand.Model, served =>
        {
            if (!request.Ended)
            {
                hub[node.Id, request.Demand.Model.Value]--;
                if (served)
                {
                    request.Ended = true;
                    Served++;
                }
                else
                {
                    _time.After(0, () => Again(request, node.Id));
                }
            }
        });
    }

    private void Again(Request request, string node)
    {
        if (request.Ended)
        {
            return;
        }

        request.Waits = true;
        request.Demand = request.Demand.Without(node);
        Apply(new ClusterEvent.LeaseWanted(Waiter(request)));
    }

    private void Faults(TimeSpan end) => _time.After(1 + (12 * _random.NextDouble()), () =>
    {
        if (_time.Now >= end)
        {
            return;
        }

        var node = _nodes[_random.Next(_nodes.Count)];
        switch (_random.Next(9))
        {
            case 0 when node.Up:
                Crash(node);
                _time.After(Math.Pow(_random.NextDouble(), 3) * 60, () => Restart(node));
                break;
            case 1:
                RestartHub();
                break;
            case 2:
                _partitioned.Add(node.Id);
                _time.After(_random.NextDouble() * 60, () => _partitioned.Remove(node.Id));
                break;
            case 3:
                Apply(new ClusterEvent.DrainWanted(node.Id));
                _time.After(_random.NextDouble() * 30, () => Apply(new ClusterEvent.ResumeWanted(node.Id)));
                break;
            case 4:
                node.EvictByHand(_random);
                break;
            case 5:
                Apply(new ClusterEvent.ContactLost(node.Id, node.Boot));
                break;
            default:
                Apply(new ClusterEvent.CommandWanted(new ClusterCommand($"operator-{_ids++}", node.Id, CommandKind.Load, _models[_random.Next(_models.Length)].Name, HubNow + Seconds(30))));
                break;
        }

        Faults(end);
    });

    /// <summary>Requests that run there end without an answer; those that only wait there are tried elsewhere.</summary>
    private void Crash(SimulatedNode node)
    {
        var running = node.Replicas.Values.SelectMany(r => r.Leases).ToArray();
        node.Crash();
        foreach (var request in running.Select(id => _requests[id]).Where(r => !r.Ended))
        {
            request.Ended = true;
            _dispatches[node.Id, request.Demand.Model.Value]--;
        }
    }

    private static void Restart(SimulatedNode node)
    {
        if (!node.Up)
        {
            node.Start();
        }
    }

    private void AssertSafe()
    {
        foreach (var node in _snapshot.Nodes)
        {
            Assert.True(!_newest.TryGetValue(node.Id, out var newest) || newest.Boot != node.BootId || newest.Sequence <= node.Sequence, $"{node.Id} went back from heartbeat {newest.Sequence} to {node.Sequence}");
            _newest[node.Id] = (node.BootId, node.Sequence);
        }

        foreach (var load in _snapshot.Loads)
        {
            Assert.Equal(load.Waiting, _snapshot.Waiters.Values.Count(w => w.Load == load.Id));
        }
    }

    private sealed class Request(long id, PlacementDemand demand)
    {
        public long Id { get; } = id;

        public PlacementDemand Demand { get; set; } = demand;

        public bool Ended { get; set; }

        public bool Waits { get; set; }
    }
}
