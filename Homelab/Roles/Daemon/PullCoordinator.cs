using System.Collections.Concurrent;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Gateway;

namespace Homelab.Roles.Daemon;

/// <summary>One download a model, however many ask for it; it goes on until the last of them leaves.</summary>
internal sealed class PullCoordinator
{
    private readonly IInferenceEngine _engine;
    private readonly ResidencyLoop _loop;
    private readonly Func<Task> _observe;
    private readonly ConcurrentDictionary<ModelName, SharedPull> _running = new();

    /// <param name="engine">What downloads.</param>
    /// <param name="loop">Told of the model's state.</param>
    /// <param name="observe">Makes the catalog look at the engine again.</param>
    public PullCoordinator(IInferenceEngine engine, ResidencyLoop loop, Func<Task> observe)
    {
        _engine = engine;
        _loop = loop;
        _observe = observe;
    }

    /// <summary>Downloads the model for a request that waits.</summary>
    /// <returns>Null once it is installed, else why not.</returns>
    public async Task<string?> PullAsync(ModelName model, RouteProgress progress, CancellationToken cancellation)
    {
        try
        {
            await foreach (var step in FollowAsync(model, cancellation).ConfigureAwait(false))
            {
                progress.Current = new ProgressReport("pulling", model.Value, step.Total > ByteSize.Zero ? (double)step.Completed.Bytes / step.Total.Bytes : null, null);
            }

            return null;
        }
        catch (EngineException problem)
        {
            return problem.Message;
        }
    }

    /// <summary>Follows the model's download, starting it if nobody has.</summary>
    /// <exception cref="EngineException">It failed.</exception>
    public async IAsyncEnumerable<PullProgress> FollowAsync(ModelName model, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var pull = Join(model);
        try
        {
            await foreach (var step in pull.FollowAsync(cancellation).ConfigureAwait(false))
            {
                yield return step;
            }
        }
        finally
        {
            if (pull.Leave())
            {
                _running.TryRemove(new KeyValuePair<ModelName, SharedPull>(model, pull));
            }
        }
    }

    private SharedPull Join(ModelName model)
    {
        while (true)
        {
            var pull = _running.GetOrAdd(model, static _ => new SharedPull());
            if (!pull.Join(out var first))
            {
                // It ended between the look-up and the join; the next round starts a new one.
                _running.TryRemove(new KeyValuePair<ModelName, SharedPull>(model, pull));
                continue;
            }

            if (first)
            {
                _ = RunAsync(model, pull);
            }

            return pull;
        }
    }

    private async Task RunAsync(ModelName model, SharedPull pull)
    {
        try
        {
            await _loop.PostAsync(new ResidencyEvent.PullChanged(model, ModelTrigger.PullStarted)).ConfigureAwait(false);
            await foreach (var step in _engine.PullAsync(model, pull.Cancellation).ConfigureAwait(false))
            {
                pull.Report(step);
            }

            await _loop.PostAsync(new ResidencyEvent.PullChanged(model, ModelTrigger.FoundOnDisk)).ConfigureAwait(false);
            await _observe().ConfigureAwait(false);
            pull.End(null);
        }
        catch (Exception problem) when (problem is EngineException or OperationCanceledException or HttpRequestException or IOException)
        {
            await _loop.PostAsync(new ResidencyEvent.PullChanged(model, ModelTrigger.PullFailed)).ConfigureAwait(false);
            pull.End(problem as EngineException ?? new EngineException(LoadFailure.Engine, problem is OperationCanceledException ? "the download was cancelled" : problem.Message));
        }
        finally
        {
            _running.TryRemove(new KeyValuePair<ModelName, SharedPull>(model, pull));
            pull.Dispose();
        }
    }
}
