using Prometheus;

namespace Homelab.Telemetry;

/// <summary>Every metric of homelab. Label values come from closed sets or from names that are installed on this node,
/// so their number is bounded whatever clients send.</summary>
internal sealed class HomelabMetrics
{
    private static readonly double[] RequestBuckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
    private static readonly double[] OverheadBuckets = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];
    private static readonly double[] LoadBuckets = [0.25, 0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640];

    public HomelabMetrics()
    {
        var factory = Metrics.WithCustomRegistry(Registry);
        Requests = factory.CreateCounter("homelab_requests_total", "Requests by route, model, tier and HTTP status.", "route", "model", "tier", "code");
        RequestSeconds = factory.CreateHistogram("homelab_request_seconds", "From a request's head to its last byte.", ["route"], new HistogramConfiguration { Buckets = RequestBuckets });
        FirstByteSeconds = factory.CreateHistogram("homelab_time_to_first_byte_seconds", "From a request's head to the first byte of the engine's answer.", ["model"], new HistogramConfiguration { Buckets = RequestBuckets });
        OverheadSeconds = factory.CreateHistogram("homelab_overhead_seconds", "Time that the gateway itself adds before the engine is asked; waiting and loading excluded.", new HistogramConfiguration { Buckets = OverheadBuckets });
        Tokens = factory.CreateCounter("homelab_tokens_total", "Tokens as the engine counted them.", "model", "kind");
        StreamAborts = factory.CreateCounter("homelab_stream_aborts_total", "Requests that did not run to their end, by who ended them.", "cause");
        Loads = factory.CreateCounter("homelab_loads_total", "Model loads by outcome.", "model", "outcome");
        LoadSeconds = factory.CreateHistogram("homelab_load_seconds", "Duration of successful loads.", ["model"], new HistogramConfiguration { Buckets = LoadBuckets });
        Evictions = factory.CreateCounter("homelab_evictions_total", "Models taken out of memory, by reason.", "reason");
        Thrash = factory.CreateCounter("homelab_thrash_total", "Pairs of models found evicting each other.");
        Leases = factory.CreateGauge("homelab_leases", "Requests that hold a replica.", "model");
        QueueDepth = factory.CreateGauge("homelab_queue_depth", "Requests that wait for a lease.");
        MemoryBytes = factory.CreateGauge("homelab_memory_bytes", "Memory by device and kind (total, models, reserved, others, free).", "device", "kind");
        ModelState = factory.CreateGauge("homelab_model_state", "1 for the state a model is in.", "model", "state");
        EngineUp = factory.CreateGauge("homelab_engine_up", "Whether the engine answers.");
        EventsDropped = factory.CreateCounter("homelab_event_readers_dropped_total", "Readers of the event feed that were too slow and were cut off.");
        Nodes = factory.CreateGauge("homelab_nodes", "Machines of the cluster by the hub's judgement.", "state");
        Heartbeats = factory.CreateCounter("homelab_heartbeats_total", "Heartbeats by what became of them.", "verdict");
        HeldHeartbeats = factory.CreateGauge("homelab_heartbeats_held", "Heartbeats whose answer is held until there is something to say.");
        Commands = factory.CreateCounter("homelab_commands_total", "Commands to machines by how they ended.", "status");
        PendingLoads = factory.CreateGauge("homelab_pending_loads", "Loads that the hub has ordered and that have not ended.");
        factory.CreateGauge("homelab_build_info", "Always 1; the label says which build this is.", "version").WithLabels(BuildInformation.Version).Set(1);
        var resident = factory.CreateGauge("process_resident_memory_bytes", "Memory of this process that is in RAM.");
        var allocated = factory.CreateCounter("dotnet_allocated_bytes_total", "Bytes allocated on the managed heap since the start.");
        var collections = factory.CreateCounter("dotnet_collections_total", "Garbage collections by generation.", "generation");
        var processor = factory.CreateCounter("process_cpu_seconds_total", "Processor time that this process used, in user and system mode.");
        Registry.AddBeforeCollectCallback(() =>
        {
            processor.IncTo(Environment.CpuUsage.TotalTime.TotalSeconds);
            resident.Set(Environment.WorkingSet);
            allocated.IncTo(GC.GetTotalAllocatedBytes());
            for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            {
                collections.WithLabels(generation.ToString(System.Globalization.CultureInfo.InvariantCulture)).IncTo(GC.CollectionCount(generation));
            }
        });
    }

    /// <summary>What <c>/metrics</c> exports.</summary>
    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    public Counter Requests { get; }

    public Histogram RequestSeconds { get; }

    public Histogram FirstByteSeconds { get; }

    public Histogram OverheadSeconds { get; }

    public Counter Tokens { get; }

    public Counter StreamAborts { get; }

    public Counter Loads { get; }

    public Histogram LoadSeconds { get; }

    public Counter Evictions { get; }

    public Counter Thrash { get; }

    public Gauge Leases { get; }

    public Gauge QueueDepth { get; }

    public Gauge MemoryBytes { get; }

    public Gauge ModelState { get; }

    public Gauge EngineUp { get; }

    public Counter EventsDropped { get; }

    public Gauge Nodes { get; }

    public Counter Heartbeats { get; }

    public Gauge HeldHeartbeats { get; }

    public Counter Commands { get; }

    public Gauge PendingLoads { get; }
}
