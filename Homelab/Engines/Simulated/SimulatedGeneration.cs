using System.Runtime.CompilerServices;

namespace Homelab.Engines.Simulated;

/// <summary>One generation: holds the model while tokens come, at the simulated speed, and counts what took how long.</summary>
internal sealed class SimulatedGeneration : IDisposable
{
    private const string RunnerLost = "an error was encountered while running the model: unexpected EOF";

    private readonly SimulatedState _state;
    private readonly SimulatedExchange _exchange;
    private readonly SimulatedLease _lease;
    private readonly CancellationTokenSource _end;
    private readonly long _started;
    private bool _hasSlot;
    private long _promptRead;

    private SimulatedGeneration(SimulatedState state, SimulatedExchange exchange, SimulatedLease lease, Answer answer, long started)
    {
        _state = state;
        _exchange = exchange;
        _lease = lease;
        _started = started;
        _end = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted, lease.Runner.Died);
        Answer = answer;
    }

    public Answer Answer { get; }

    public SimulatedExchange Exchange => _exchange;

    public TimeSpan LoadTime => _lease.LoadTime;

    public TimeSpan PromptTime { get; private set; }

    public TimeSpan EvalTime { get; private set; }

    public TimeSpan TotalTime => _state.Time.GetElapsedTime(_started);

    /// <summary>Waits for the model, for one of its places, and for the prompt to be read.</summary>
    /// <exception cref="OllamaErrorException">The load failed, the queue is full, or the runner died.</exception>
    public static async Task<SimulatedGeneration> BeginAsync(SimulatedState state, SimulatedExchange exchange, GenerationRequest request)
    {
        var started = state.Time.GetTimestamp();
        var lease = await state.Scheduler.AcquireAsync(request.Model, request.Load, request.KeepAlive, exchange.Aborted);
        var generation = new SimulatedGeneration(state, exchange, lease, AnswerWriter.Write(request, state.Settings.AnswerTokens, lease.Runner.Context), started);
        try
        {
            await generation.ReadPromptAsync();
            return generation;
        }
        catch
        {
            generation.Dispose();
            throw;
        }
    }

    /// <summary>The tokens as they come. Ends the hold on the model before the last one is taken for done.</summary>
    /// <exception cref="OllamaErrorException">The runner died.</exception>
    public async IAsyncEnumerable<string> TokensAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var speed = _state.Settings.TokensPerSecond;
        for (var i = 0; i < Answer.Tokens.Length; i++)
        {
            switch (await FaultAsync(i))
            {
                case StreamFault.RunnerDies:
                    _lease.Runner.Kill();
                    throw new OllamaErrorException(500, RunnerLost);
                case StreamFault.ConnectionCut:
                    _exchange.Http.Abort();
                    throw new OperationCanceledException();
            }

            var ahead = speed <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((i + 1) / speed) - _state.Time.GetElapsedTime(_promptRead);
            await PauseAsync(ahead);
            cancellation.ThrowIfCancellationRequested();
            yield return Answer.Tokens[i];
        }

        EvalTime = _state.Time.GetElapsedTime(_promptRead);
        Dispose();
    }

    /// <summary>Waits until all is said.</summary>
    public async Task FinishAsync()
    {
        await foreach (var _ in TokensAsync(_exchange.Aborted))
        {
        }
    }

    public void Dispose()
    {
        if (_hasSlot)
        {
            _hasSlot = false;
            _lease.Runner.Slots.Release();
        }

        _lease.Dispose();
        _end.Dispose();
    }

    private async Task ReadPromptAsync()
    {
        await GuardAsync(() => _lease.Runner.Slots.WaitAsync(_end.Token));
        _hasSlot = true;
        var begin = _state.Time.GetTimestamp();
        var speed = _state.Settings.TokensPerSecond * _state.Settings.PrefillFactor;
        await PauseAsync(speed <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Answer.PromptTokens / speed));
        _promptRead = _state.Time.GetTimestamp();
        PromptTime = _state.Time.GetElapsedTime(begin, _promptRead);
    }

    private async Task<StreamFault> FaultAsync(int index)
    {
        var fault = StreamFault.None;
        await GuardAsync(async () => fault = await _state.Faults.OnTokenAsync(_exchange.Path, index, _end.Token));
        return fault;
    }

    private Task PauseAsync(TimeSpan pause) =>
        GuardAsync(() => pause > TimeSpan.Zero ? Task.Delay(pause, _state.Time, _end.Token) : Task.CompletedTask);

    private async Task GuardAsync(Func<Task> wait)
    {
        try
        {
            if (_lease.Runner.Died.IsCancellationRequested)
            {
                throw new OllamaErrorException(500, RunnerLost);
            }

            await wait();
        }
        catch (OperationCanceledException) when (_lease.Runner.Died.IsCancellationRequested && !_exchange.Aborted.IsCancellationRequested)
        {
            throw new OllamaErrorException(500, RunnerLost);
        }
    }
}
