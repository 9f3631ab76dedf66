using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary><c>/api/pull</c> from the simulation's catalogue: two clients share one download, and one that was left goes on where it stopped.</summary>
internal sealed class NativePullEndpoint(SimulatedState state)
{
    private const int Steps = 40;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _done = [];

    public async Task PullAsync(SimulatedExchange exchange)
    {
        var root = exchange.ReadJson("missing request body");
        var name = root.Text("model", "PullRequest");
        name = name.Length > 0 ? name : root.Text("name", "PullRequest");
        if (name.Length == 0)
        {
            throw new OllamaErrorException(400, "invalid model name");
        }

        var streams = root.Flag("stream") != false;
        await TellAsync("pulling manifest");
        var model = state.Library.FindInCatalogue(name);
        if (model is null)
        {
            var error = name.StartsWith("http://", StringComparison.Ordinal)
                ? $"pull model manifest: Get \"https://{name["http://".Length..].Replace("/library/", "/v2/library/", StringComparison.Ordinal)}/manifests/latest\": EOF"
                : state.Settings.RegistryIsReachable || name.Contains('/', StringComparison.Ordinal) ? "pull model manifest: file does not exist" : NativeStorageEndpoints.RegistryUnreachable(state, name);
            await (streams
                ? exchange.LineAsync(w => w.WriteString("error", error))
                : exchange.JsonAsync(500, SimulatedExchange.PlainJson, w => w.WriteString("error", error)));
            return;
        }

        await DownloadAsync(exchange, model, streams);
        await TellAsync("verifying sha256 digest");
        await TellAsync("writing manifest");
        state.Library.Install(model);
        await (streams
            ? TellAsync("success")
            : exchange.JsonAsync(200, SimulatedExchange.PlainJson, w => w.WriteString("status", "success")));

        Task TellAsync(string status) => streams ? exchange.LineAsync(w => w.WriteString("status", status)) : Task.CompletedTask;
    }

    private async Task DownloadAsync(SimulatedExchange exchange, SimulatedModel model, bool streams)
    {
        var step = state.Settings.PullRate.Bytes > 0 ? Math.Max(1, model.Size / Steps) : model.Size;
        var isFirst = true;
        while (true)
        {
            long completed;
            lock (_gate)
            {
                completed = state.Library.Find(model.Name)?.Digest == model.Digest ? model.Size : _done.GetValueOrDefault(model.Digest);
            }

            if (streams && (!isFirst || completed > 0))
            {
                await exchange.LineAsync(w => WriteProgress(w, model, completed));
            }

            if (completed >= model.Size)
            {
                lock (_gate)
                {
                    _done.Remove(model.Digest);
                }

                return;
            }

            isFirst = false;
            if (state.Settings.PullRate.Bytes > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)step / state.Settings.PullRate.Bytes), state.Time, exchange.Aborted);
            }

            exchange.Aborted.ThrowIfCancellationRequested();
            lock (_gate)
            {
                _done[model.Digest] = Math.Min(model.Size, _done.GetValueOrDefault(model.Digest) + step);
            }
        }
    }

    private static void WriteProgress(Utf8JsonWriter w, SimulatedModel model, long completed)
    {
        w.WriteString("status", "pulling " + model.Blob[..12]);
        w.WriteString("digest", "sha256:" + model.Blob);
        w.WriteNumber("total", model.Size);
        w.WriteNumber("completed", completed);
    }
}
