using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Homelab.Bench.Cluster;

/// <summary>One simulated machine: joins a hub and sends it heartbeats as a daemon does, over a connection of its own.</summary>
internal sealed class SwarmNode(HttpClient client, int number, TimeSpan interval)
{
    private const int Models = 20;

    /// <summary>Every so many heartbeats one is to be answered at once: those are timed.</summary>
    private const int TimedEvery = 5;

    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"swarm-{number}");
    private readonly Random _random = new(number);
    private readonly List<double> _milliseconds = [];
    private AuthenticationHeaderValue? _credential;
    private long _sequence;
    private bool _sendInventory;

    /// <summary>Durations of the timed heartbeats since the last <see cref="Reset"/>.</summary>
    public IReadOnlyList<double> Milliseconds => _milliseconds;

    /// <summary>Heartbeats that were not acknowledged.</summary>
    public int Errors { get; private set; }

    /// <summary>Heartbeats sent since the last <see cref="Reset"/>.</summary>
    public int Sent { get; private set; }

    public void Reset()
    {
        _milliseconds.Clear();
        Errors = 0;
        Sent = 0;
    }

    public async Task JoinAsync(string token)
    {
        using var answer = await client.PostAsync("/homelab/v1/nodes/join", Json($$"""{"token":"{{token}}","node_id":"{{_id}}","name":"{{_id}}","version":"bench"}"""));
        answer.EnsureSuccessStatusCode();
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        _credential = new AuthenticationHeaderValue("Bearer", document.RootElement.GetProperty("credential").GetString());
    }

    /// <summary>Reports until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(interval * _random.NextDouble(), stop);
            while (true)
            {
                var timed = ++_sequence % TimedEvery == 0;
                var began = Stopwatch.GetTimestamp();
                await BeatAsync(timed, stop);
                var took = Stopwatch.GetElapsedTime(began);
                if (timed)
                {
                    _milliseconds.Add(took.TotalMilliseconds);
                }

                // A held answer has waited by itself; with jitter, so that a restarted hub is not met by all at once.
                var rest = (interval * (0.8 + (0.4 * _random.NextDouble()))) - took;
                if (rest > TimeSpan.Zero && !_sendInventory)
                {
                    await Task.Delay(rest, stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private async Task BeatAsync(bool timed, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/homelab/v1/nodes/heartbeat") { Content = Json(Body(timed ? TimeSpan.Zero : interval)) };
        request.Headers.Authorization = _credential;
        Sent++;
        try
        {
            using var answer = await client.SendAsync(request, stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            _sendInventory = text.Contains("\"send_inventory\":true", StringComparison.Ordinal);
            Errors += answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (HttpRequestException)
        {
            Errors++;
        }
    }

    private string Body(TimeSpan hold)
    {
        var inventory = _sendInventory
            ? $",\"inventory\":[{string.Join(',', Enumerable.Range(0, Models).Select(i => $$"""{"model":"model-{{i}}:8b","digest":"{{i:x64}}","size_bytes":5000000000,"memory_bytes":6000000000,"load_seconds":4}"""))}]"
            : "";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            {"protocol":1,"node_id":"{{_id}}","boot_id":"boot-{{_id}}","sequence":{{_sequence}},"name":"{{_id}}","version":"bench","state":"live","hold_seconds":{{hold.TotalSeconds}},"port":42420,"loopback_only":true,"access_key":"swarm-access-key","engine":{"name":"ollama","version":"0.32.15","state":"up","simulated":false,"managed":false},
            "devices":[{"name":"gpu0","kind":"cuda","total_bytes":25769803776,"free_bytes":12000000000,"used_by_models_bytes":12000000000,"used_by_others_bytes":500000000,"reserve_bytes":536870912}],"largest_budget_bytes":24000000000,"queue_depth":0,
            "replicas":[{{Replica(number % Models)}},{{Replica((number + 7) % Models)}}],"inventory_digest":"digest-{{_id}}"{{inventory}},"labels":{"site":"home"},"capabilities":["load","unload","pull","delete"]}
            """);
    }

    private string Replica(int model) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"model":"model-{{model}}:8b","state":"hot","bytes":6000000000,"allocation":[{"device":"gpu0","bytes":6000000000}],"leases":{{_random.Next(3)}},"capacity":4,"waiting":0,"idle_seconds":{{_random.Next(60)}},"kept_seconds":0,"reload_seconds":4,"uses_per_second":0.1,"service_seconds":3}""");
}
