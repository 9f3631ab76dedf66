using CsCheck;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>Whatever happens in whatever order, the scheduler keeps its promises. On a failure CsCheck prints the seed and the shortest run found.</summary>
public sealed class SchedulerProperties
{
    private static readonly string[] Models = ["a", "b", "c", "d", "e", "pin", "keep"];
    private static readonly double[] Sizes = [3, 5, 8, 10, 12, 16, 20, 23, 30];

    private static readonly Gen<(Step[] Steps, int[] Sizes, int Parallel, int Gpus, bool Foreign, bool Shared, int Limit)> Runs = Gen.Select(
        Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 999]).Select((act, n) => new Step(act, n)).Array[1, 70],
        Gen.Int[0, Sizes.Length - 1].Array[Models.Length],
        Gen.Int[1, 3],
        Gen.Int[1, 2],
        Gen.Bool,
        Gen.Bool,
        Gen.Int[0, 7]);

    private enum Act
    {
        Ask,
        AskAgain,
        AskMore,
        End,
        EndAnother,
        Leave,
        LoadSucceeds,
        LoadSucceedsSoon,
        LoadFails,
        LoadRunsOutOfMemory,
        UnloadEnds,
        UnloadEndsSoon,
        UnloadFails,
        Observe,
        ObserveLate,
        Probe,
        Wait,
        WaitLonger,
        Jump,
        Slip,
        LoadByHand,
        UnloadByHand,
        UnloadWanted,
        LoadWanted,
        EngineLost,
        Delete,
        OthersTakeMemory,
        OthersGiveItBack,
    }

    [Fact]
    public void No_order_of_events_breaks_a_promise() =>
        Runs.Sample(run => Play(run.Steps, run.Sizes, run.Parallel, run.Gpus, run.Foreign, run.Shared, run.Limit), iter: 1500, print: run =>
            $"parallel {run.Parallel}, gpus {run.Gpus}, foreign {run.Foreign}, shared {run.Shared}, limit {run.Limit}, sizes {string.Join(' ', run.Sizes.Select(i => Sizes[i]))}: {string.Join(", ", run.Steps.Select(s => $"{s.Act} {s.Number}"))}");

    private static void Play(Step[] steps, int[] sizes, int parallel, int gpus, bool foreign, bool shared, int limit)
    {
        var node = new Scheduler(policy: p => p with
        {
            DefaultModel = p.DefaultModel with { Parallel = parallel, IdleUnload = TimeSpan.FromMinutes(2) },
            Models = p.Models
                .Add(Scheduler.Name("pin"), new ModelPolicy(true, false, TimeSpan.Zero, 4096, 1))
                .Add(Scheduler.Name("keep"), new ModelPolicy(false, true, TimeSpan.Zero, 4096, parallel)),
            MaximumWaiting = 12,
            MaximumHold = TimeSpan.FromSeconds(45),
            MaximumWait = TimeSpan.FromHours(3),
        });
        node.Devices = [.. Enumerable.Range(0, gpus).Select(i => new DeviceReading("gpu" + i, DeviceKind.Cuda, ByteSize.FromGibibytes(24 / gpus), null))];

        // Half of the runs with an engine that holds one to four models, some of them also with its rule of free memory.
        node.Limits = limit is >= 1 and <= 4 ? new EngineLimits(limit, null, NeedsHeadroom: sizes[0] % 2 == 0) : null;
        for (var i = 0; i < Models.Length; i++)
        {
            // Two pairs of one weights file each, one of them with a pinned model in it.
            node.Installed(Models[i], Sizes[sizes[i]], weights: shared && Models[i] is "a" or "b" ? "w" : shared && Models[i] is "c" or "pin" ? "v" : null);
        }

        var slips = 0;
        Guard(node, foreign, () => slips-- > 0);
        node.Started();
        foreach (var step in steps)
        {
            if (step.Act == Act.Slip)
            {
                slips = 1 + (step.Number % 2);
            }
            else
            {
                Perform(node, step, foreign);
            }
        }

        slips = 0;
        node.Quiesce();
        Finish(node);
    }

    private static void Perform(Scheduler node, Step step, bool foreign)
    {
        var model = Models[step.Number % Models.Length];
        var name = Scheduler.Name(model);
        switch (step.Act)
        {
            case Act.Ask or Act.AskAgain or Act.AskMore:
                node.Ask(model, "key " + (step.Number % 3));
                break;
            case Act.LoadWanted:
                node.Ask(model, "operator", isOperator: true);
                break;
            case Act.End or Act.EndAnother when Pick(node.Requests.Where(r => r.IsRunning), step) is { } running:
                node.End(running);
                break;
            case Act.Leave when Pick(node.Requests.Where(r => r.IsWaiting), step) is { } waiting:
                node.Leave(waiting);
                break;
            case Act.LoadSucceeds or Act.LoadSucceedsSoon when Pick(node.Loads, step) is { } load:
                node.LoadSucceeds(load.Model.Value, 1 + (step.Number % 30));
                break;
            case Act.LoadFails when Pick(node.Loads, step) is { } load:
                node.LoadFails(load.Model.Value, (LoadFailure)(step.Number % 6));
                break;
            case Act.LoadRunsOutOfMemory when Pick(node.Loads, step) is { } load:
                node.Memory.Clear();
                node.LoadFails(load.Model.Value, LoadFailure.OutOfMemory);
                break;
            case Act.UnloadEnds or Act.UnloadEndsSoon when Pick(node.Unloads, step) is { } unload:
                node.UnloadEnds(unload.Model.Value);
                break;
            case Act.UnloadFails when Pick(node.Unloads, step) is { } unload:
                node.UnloadFails(unload.Model.Value);
                break;
            case Act.Observe:
                node.Observe();
                break;
            case Act.ObserveLate:
                node.Observe(node.Now - TimeSpan.FromSeconds(step.Number % 20));
                break;
            case Act.Probe:
                node.Probe();
                break;
            case Act.Wait:
                node.Wait(step.Number % 5);
                break;
            case Act.WaitLonger:
                node.Wait(step.Number % 25);
                break;
            case Act.Jump:
                node.Jump(step.Number % 200);
                break;
            case Act.LoadByHand when foreign && !node.Loads.Exists(l => l.Model == name):
                node.Memory[name] = new LoadedModel(name, node.Disk.GetValueOrDefault(name)?.FileSize ?? ByteSize.FromGibibytes(2), ByteSize.FromGibibytes(2), 4096, step.Number % 2 == 0);
                break;
            case Act.UnloadByHand:
                node.Memory.Remove(name);
                break;
            case Act.UnloadWanted:
                node.UnloadWanted(model);
                break;
            case Act.EngineLost when step.Number % 4 == 0:
                node.Lose();
                break;
            case Act.OthersTakeMemory or Act.OthersGiveItBack:
                Others(node, step.Act == Act.OthersTakeMemory ? step.Number % 12 : 0);
                break;
            case Act.Delete when step.Number % 5 == 0:
                node.Disk.Remove(name);
                break;
            default:
                break;
        }
    }

    /// <summary>Other programs hold so much of the first device from now on; the probe sees it.</summary>
    private static void Others(Scheduler node, int gibibytes)
    {
        var device = node.Devices[0];
        var ours = node.Snapshot.Models.Values.SelectMany(m => m.Replica?.Allocation ?? []).Where(a => a.Device == device.Name).Sum(a => a.Bytes.Bytes);
        node.Devices = node.Devices.SetItem(0, device with { Free = new ByteSize(Math.Max(0, device.Total.Bytes - ours - ByteSize.FromGibibytes(gibibytes).Bytes)) });
        node.Probe();
        node.Devices = node.Devices.SetItem(0, device with { Free = null });
    }

    private static void Guard(Scheduler node, bool foreign, Func<bool> takeSlip)
    {
        node.BeforeEffect = effect =>
        {
            switch (effect)
            {
                // A request that passes the gate between the decision and its execution.
                case ResidencyEffect.CloseIdleGate e when node.Gate(e.Model.Value) is { State: GateState.Open } gate && gate.Leases < gate.Capacity && takeSlip():
                    node.Ask(e.Model.Value, "slipped in");
                    break;
                case ResidencyEffect.StartUnload e:
                    var gone = node.Snapshot.Models[e.Model].Replica!;
                    var rules = node.Snapshot.Policy.For(e.Model);
                    Assert.Equal(0, node.Gate(e.Model.Value)!.Leases);
                    Assert.Equal(GateState.Closed, node.Gate(e.Model.Value)!.State);
                    Assert.True(!rules.Pin || gone.Leaving == UnloadReason.Operator, $"{e.Model} is pinned and goes for {gone.Leaving}");
                    Assert.True(!rules.Protect || gone.Leaving != UnloadReason.Evicted, $"{e.Model} is protected and goes for {gone.EvictedFor}");
                    break;
                case ResidencyEffect.StartLoad e:
                    Assert.DoesNotContain(node.Loads, l => l.Model == e.Model);
                    Assert.DoesNotContain(node.Snapshot.Models.Values, m => m.Name != e.Model && IsOfTheSameWeights(node, m.Name, e.Model) && (m.Replica is not null || m.Load?.SentAt is not null));
                    var physical = NodeRoom.Physical(node.Snapshot);
                    Assert.All(e.Allocation, a => Assert.True(physical.Free(a.Device) >= 0, $"{e.Model} was sent without room on {a.Device}"));
                    Assert.True(node.Limits is null || physical.Replicas <= node.Limits.MaximumReplicas, $"{e.Model} was sent to an engine that holds {node.Limits?.MaximumReplicas} models, as one more");
                    Assert.All(node.Snapshot.Models.Values.Where(m => m.Load?.SentAt is not null), m =>
                        Assert.True(LoadAdmission.Of(node.Snapshot, m).EngineAllows(physical.Plus([m.Load!.Allocation])), $"the engine would evict for {m.Name} once {e.Model} was sent"));
                    break;
                case ResidencyEffect.Announce { Announcement: var a }:
                    Assert.True(a.Type != AnnouncementTypes.IllegalTransition, a.Message);
                    break;
                default:
                    break;
            }
        };
        node.AfterStep = (_, before, _) =>
        {
            Assert.InRange(node.Snapshot.Waiters.Count, 0, node.Snapshot.Policy.MaximumWaiting);
            Assert.All(node.Requests, r => Assert.InRange(r.Endings, 0, 1));
            Assert.All(Models, m => Assert.True(node.Gate(m) is not { } g || foreign || g.Leases <= g.Capacity, $"{m} is over its capacity"));
            Assert.True(foreign || IsNoWorse(before, node.Snapshot), "memory is booked twice");

            // Where one step decides several, each is minimal for the room that it found, which cannot be told afterwards.
            var decided = node.Snapshot.Models.Values.Where(m => m.Load is { } l && before.Models.GetValueOrDefault(m.Name)?.Load?.Id != l.Id).ToArray();
            if (decided is [{ Load.Victims.IsEmpty: false } only])
            {
                NoVictimIsSuperfluous(node, only);
            }
        };
    }

    private static void NoVictimIsSuperfluous(Scheduler node, ModelRecord record)
    {
        var room = NodeRoom.Decided(node.Snapshot).Plus([record.Load!.Allocation]);
        var admission = LoadAdmission.Of(node.Snapshot, record);
        if (record is { MakesRoom: true, Load.Victims.Length: 1 })
        {
            // After the engine ran out of memory one goes whatever the estimate says.
            return;
        }

        foreach (var victim in record.Load.Victims.Where(v => !IsOfTheSameWeights(node, v, record.Name)))
        {
            var kept = node.Snapshot.Models[victim].Replica!.Allocation;
            Assert.False(admission.Allows(room.Minus([kept])), $"{victim} need not go for {record.Name}");
        }
    }

    private static bool IsOfTheSameWeights(Scheduler node, ModelName one, ModelName other) =>
        node.Snapshot.Models[one].Installed?.Runner is { } runner && node.Snapshot.Models[other].Installed?.Runner?.Weights == runner.Weights;

    /// <summary>What others take is not ours to prevent; but no step of ours takes more than there is.</summary>
    private static bool IsNoWorse(ResidencySnapshot before, ResidencySnapshot after)
    {
        var (room, former) = (NodeRoom.Decided(after), NodeRoom.Decided(before));
        return after.Devices.Values.All(d => room.Free(d.Name) >= 0 || (before.Devices.GetValueOrDefault(d.Name) is { } was && (was != d || room.Free(d.Name) >= former.Free(d.Name))));
    }

    private static void Finish(Scheduler node)
    {
        Assert.Empty(node.Snapshot.Waiters);
        Assert.All(node.Requests, r => Assert.Equal(1, r.Endings));
        Assert.DoesNotContain(node.Requests, r => r.Refusal?.Reason is RefusalReason.CapacityTimeout or RefusalReason.LoadTimeout && r.Refusal.Message.Contains("within", StringComparison.Ordinal) && !r.Refusal.Message.Contains("load time-out", StringComparison.Ordinal));
        foreach (var record in node.Snapshot.Models.Values)
        {
            Assert.Null(record.Load);
            Assert.Equal(0, node.Gate(record.Name.Value)?.Leases ?? 0);
            if (record.Replica is { } replica)
            {
                Assert.Equal(ModelState.Hot, record.State);
                Assert.Null(replica.Leaving);
                Assert.Equal(GateState.Open, node.Gate(record.Name.Value)!.State);
            }
        }
    }

    private static T? Pick<T>(IEnumerable<T> all, Step step)
        where T : class => all.ToArray() is { Length: > 0 } some ? some[step.Number % some.Length] : null;

    private sealed record Step(Act Act, int Number);
}
