using Homelab.Contracts;
using Homelab.Gateway.Errors;
using Homelab.Roles.Daemon.Infra;

namespace Homelab.Roles.Daemon.Link;

/// <summary>Carries out what one hub commands: a closed set, each command once however often it comes, none past its deadline or of an earlier epoch. What
/// this machine's own rules forbid fails. Results are repeated until the hub has them. Any thread.</summary>
/// <param name="operations">What does the work.</param>
/// <param name="infra">What shows this machine's files.</param>
/// <param name="fits">What says whether a model fits.</param>
/// <param name="longestLoad">What a load may take whatever the deadline says.</param>
/// <param name="allowCloud">Whether models may be had that run on somebody else's machines.</param>
/// <param name="time">For deadlines and for forgetting.</param>
/// <param name="changed">Called where there is something to say.</param>
/// <param name="stopping">Ends what runs.</param>
internal sealed class CommandExecutor(ModelOperations operations, InfraDesk infra, FitDesk fits, TimeSpan longestLoad, bool allowCloud, TimeProvider time, Action changed, CancellationToken stopping)
{
    /// <summary>Commands that are remembered.</summary>
    public const int Most = 4096;

    /// <summary>How long an ended command is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private const int MostRunning = 64;
    private const int MostSaid = 256;
    private const int LongestId = 128;

    /// <summary>Characters of files that one heartbeat carries at most, but for the first answer: each may take six bytes in JSON.</summary>
    private const int MostOfFiles = 80 * 1024;

    /// <summary>A deadline further away counts as this.</summary>
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(1);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, TakenCommand> _commands = new(StringComparer.Ordinal);

    /// <summary>What is to be said, oldest first; a heartbeat of that sequence carries it.</summary>
    public IReadOnlyList<CommandResultWire> ResultsFor(long sequence)
    {
        lock (_lock)
        {
            var files = 0;
            var unheard = _commands.Values.Where(c => !c.IsHeard).Take(MostSaid).ToList();
            var said = unheard.Where(c => Fits(c.Said, ref files)).ToList();
            if (said.Count < unheard.Count)
            {
                // The next heartbeat need not wait for anything else.
                changed();
            }

            foreach (var command in said.Where(c => c.CarriedIn == 0))
            {
                command.CarriedIn = sequence;
            }

            return [.. said.Select(c => c.Said)];
        }
    }

    /// <summary>Whether what is told of files is not too much for one heartbeat; what is left out goes with the next.</summary>
    private static bool Fits(CommandResultWire said, ref int files)
    {
        var size = InfraCommands.SizeOf(said);
        var isFirst = files == 0;
        files += size;
        return size == 0 || isFirst || files <= MostOfFiles;
    }

    /// <summary>The hub has the heartbeat of that sequence and all that it carried.</summary>
    public void Heard(long sequence)
    {
        lock (_lock)
        {
            foreach (var command in _commands.Values)
            {
                command.Heard(sequence);
            }
        }
    }

    /// <summary>Takes commands in; what they ask for goes on beside.</summary>
    /// <param name="commands">As they came.</param>
    /// <param name="epoch">The hub's highest that is known.</param>
    /// <returns>Whether one was new.</returns>
    public bool Take(IReadOnlyList<HubCommandWire> commands, long epoch)
    {
        var isNews = false;
        lock (_lock)
        {
            Forget();
            foreach (var command in commands.Where(c => c is { Id.Length: > 0 and <= LongestId, Kind: not null }))
            {
                if (_commands.TryGetValue(command.Id, out var known))
                {
                    known.SayAgain();
                }
                else if (_commands.Count < Most)
                {
                    isNews = true;
                    Begin(command, epoch);
                }
            }
        }

        return isNews;
    }

    private void Begin(HubCommandWire command, long epoch)
    {
        var deadline = TimeSpan.FromSeconds(Math.Clamp(double.IsNaN(command.DeadlineSeconds) ? 0 : command.DeadlineSeconds, 0, Furthest.TotalSeconds));
        var refusal = Refusal(command, epoch, deadline);
        var taken = new TakenCommand(command.Id, refusal is null ? CancellationTokenSource.CreateLinkedTokenSource(stopping) : null);
        _commands.Add(command.Id, taken);
        if (refusal is not null)
        {
            taken.Say(refusal, time.GetTimestamp());
        }
        else if (command.Kind == "cancel")
        {
            var isRunning = command.Target is { } target && _commands.TryGetValue(target, out var other) && GiveUp(other);
            taken.Say(new CommandResultWire(command.Id, "done", Message: isRunning ? null : "there is nothing to give up"), time.GetTimestamp());
        }
        else
        {
            _ = RunAsync(command, taken, deadline);
        }
    }

    private static bool GiveUp(TakenCommand other)
    {
        if (other.EndedAt is not null || other.Cancel is null)
        {
            return false;
        }

        other.IsGivenUp = true;
        _ = other.Cancel.CancelAsync();
        return true;
    }

    /// <summary>Why it is not begun; null where it is.</summary>
    private CommandResultWire? Refusal(HubCommandWire command, long epoch, TimeSpan deadline)
    {
        if (!NodeReporter.Capabilities.Contains(command.Kind))
        {
            return new CommandResultWire(command.Id, "rejected", "invalid_request", "this machine knows no such command");
        }

        if (command.Epoch < epoch)
        {
            return new CommandResultWire(command.Id, "stale", Message: "it comes from before the hub's last start");
        }

        if (deadline <= TimeSpan.Zero)
        {
            return new CommandResultWire(command.Id, "stale", Message: "it came after its deadline");
        }

        return command switch
        {
            { Kind: "load" or "pull", Model: { } model } when !allowCloud && IsCloud(model) =>
                new CommandResultWire(command.Id, "failed", "insufficient_permissions", "this machine's configuration allows no cloud models (daemon.allow_cloud_models)"),
            { Kind: not "cancel" } when _commands.Values.Count(c => c.EndedAt is null) >= MostRunning =>
                new CommandResultWire(command.Id, "failed", "queue_full", "too many commands run on this machine already", RetrySeconds: 5),
            _ => null,
        };
    }

    /// <summary>Ollama takes these endings for its cloud, whatever the model.</summary>
    private static bool IsCloud(string model) =>
        model.EndsWith(":cloud", StringComparison.OrdinalIgnoreCase) || model.EndsWith("-cloud", StringComparison.OrdinalIgnoreCase);

    private async Task RunAsync(HubCommandWire command, TakenCommand taken, TimeSpan deadline)
    {
        // Not on the thread that reads the hub's answers.
        await Task.Yield();
        CommandResultWire end;
        try
        {
            end = await (InfraCommands.Are(command) ? InfraCommands.RunAsync(infra, command, taken.Cancel!.Token)
                : command.Kind == "fit" ? FitAsync(command, taken.Cancel!.Token)
                : ModelAsync(command, taken, deadline)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            end = new CommandResultWire(command.Id, "failed", taken.IsGivenUp ? "cancelled" : "draining", taken.IsGivenUp ? "it was given up" : "this machine is shutting down");
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            end = new CommandResultWire(command.Id, "failed", "engine_error", fault.Message);
        }

        Say(taken, end, isEnd: true);
        taken.Cancel!.Dispose();
    }

    private async Task<CommandResultWire> ModelAsync(HubCommandWire command, TakenCommand taken, TimeSpan deadline)
    {
        var outcome = await DoAsync(command, taken, deadline).ConfigureAwait(false);
        return outcome.Result is { } result ? new CommandResultWire(command.Id, "done", Result: result) : Failed(command.Id, outcome.Error!);
    }

    private Task<OperationOutcome> DoAsync(HubCommandWire command, TakenCommand taken, TimeSpan deadline)
    {
        var cancellation = taken.Cancel!.Token;
        if (command.Kind == "pull")
        {
            return operations.PullAsync(command.Model, Reporter(taken), cancellation);
        }

        if (operations.Find(command.Model) is not { } target)
        {
            return Task.FromResult(operations.NotFound(command.Model));
        }

        return command.Kind switch
        {
            "load" => operations.LoadAsync(target, deadline < longestLoad ? deadline : longestLoad, Reporter(taken), cancellation),
            "unload" => operations.UnloadAsync(target, cancellation),
            _ => operations.DeleteAsync(target, cancellation),
        };
    }

    private async Task<CommandResultWire> FitAsync(HubCommandWire command, CancellationToken cancellation) =>
        await fits.AnswerAsync(command.Model ?? "", command.Context is > 0 and var context ? context : null, cancellation).ConfigureAwait(false) is { } fit
            ? new CommandResultWire(command.Id, "done", Fit: fit)
            : Failed(command.Id, operations.NotFound(command.Model).Error!);

    /// <summary>Says how far a command is, at most once a second.</summary>
    private Func<ProgressWire, Task> Reporter(TakenCommand taken)
    {
        long? saidAt = null;
        return progress =>
        {
            if (saidAt is null || time.GetElapsedTime(saidAt.Value) >= SayEvery)
            {
                saidAt = time.GetTimestamp();
                Say(taken, new CommandResultWire(taken.Id, "running", Progress: progress), isEnd: false);
            }

            return Task.CompletedTask;
        };
    }

    private static CommandResultWire Failed(string id, GatewayError error) =>
        new(id, "failed", error.Code, error.Message, error.RetryAfter?.TotalSeconds);

    private void Say(TakenCommand taken, CommandResultWire said, bool isEnd)
    {
        lock (_lock)
        {
            taken.Say(said, isEnd ? time.GetTimestamp() : null);
        }

        changed();
    }

    /// <summary>Ended commands go after an hour; where there are too many, the oldest of them before.</summary>
    private void Forget()
    {
        foreach (var old in _commands.Values.Where(c => c.EndedAt is { } ended && time.GetElapsedTime(ended) >= Memory).Select(c => c.Id).ToList())
        {
            _commands.Remove(old);
        }

        while (_commands.Count >= Most && _commands.Values.FirstOrDefault(c => c.EndedAt is not null) is { } oldest)
        {
            _commands.Remove(oldest.Id);
        }
    }
}
