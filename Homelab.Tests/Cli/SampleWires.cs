using Homelab.Contracts;

namespace Homelab.Tests.Cli;

/// <summary>Answers of a daemon with two models in memory.</summary>
internal static class SampleWires
{
    private const long Gibibyte = 1L << 30;

    public static StatusWire Status { get; } = new(
        "daemon", "0.1.0", "tower", 11_530, null, 1, 2, 2, 1, new EngineWire("ollama", "0.32.15", "up", "http://127.0.0.1:11434", false, true));

    public static StatusWire SimulatedStatus { get; } = Status with
    {
        Engine = new EngineWire("simulated", "1.0", "up", null, true, true),
        Warnings = ["SIMULATED: every answer of this daemon is made up"],
    };

    public static NodeWire Node { get; } = new(
        "n-1",
        "tower",
        "live",
        "http://127.0.0.1:42420",
        ["ollama"],
        [
            new DeviceWire("gpu0", "cuda", 24 * Gibibyte, 9 * Gibibyte, 13 * Gibibyte, 2 * Gibibyte, Gibibyte / 2),
            new DeviceWire("ram", "ram", 64 * Gibibyte, 50 * Gibibyte, 0, 14 * Gibibyte),
        ],
        [
            new ReplicaWire("qwen3:8b", "leased", 6 * Gibibyte, 2, QuickTime.Start, 16384, true),
            new ReplicaWire("gemma3:12b", "hot", 7 * Gibibyte, 0, QuickTime.Start.AddMinutes(-2), 4096, null, true, 780),
        ],
        0,
        new Dictionary<string, string> { ["site"] = "home" },
        "0.1.0");

    public static IReadOnlyList<ModelWire> Models { get; } =
    [
        new("gemma3:12b", "hot", 8 * Gibibyte, [new ModelNodeWire("n-1", "hot", 7 * Gibibyte)], []),
        new("nomic-embed-text:latest", "on_disk", 274_302_450, [new ModelNodeWire("n-1", "on_disk", 0)], ["embed"], Capabilities: ["embedding"]),
        new("qwen3:8b", "leased", 5 * Gibibyte, [new ModelNodeWire("n-1", "leased", 6 * Gibibyte)], ["chat", "gpt-4o-mini"], true, false, 16384),
        new("broken:latest", "failed", Gibibyte, [new ModelNodeWire("n-1", "failed", 0)], [], Failure: new ModelFailureWire("tensor 'blk.0' is missing", 2, 30)),
    ];

    public static ExplainWire Explain { get; } = new(
        "qwen3:14b",
        "coder",
        "evict_then_load",
        "it fits once gemma3:12b is evicted",
        "n-1",
        new EstimateWire(9 * Gibibyte, Gibibyte, Gibibyte / 2, Gibibyte / 4, 1.04, 12 * Gibibyte, "metadata", 8192, 2),
        [
            new CandidateWire(
                "n-1", "tower", "evict_then_load", "it fits once gemma3:12b is evicted", new CostWire(0, 6.2, 0.35, null, 6.55),
                [new AllocationWire("gpu0", 12 * Gibibyte)], [new VictimWire("gemma3:12b", 7 * Gibibyte, 4, QuickTime.Start.AddMinutes(-2))],
                Options: [new EvictionOptionWire(["gemma3:12b"], 7 * Gibibyte, 0.35, true), new EvictionOptionWire(["llama3.1:8b", "qwen3:8b"], 11 * Gibibyte, 1.2, false)]),
            new CandidateWire("n-2", "laptop", "too_large", "it needs 12 GiB and the largest budget is 7.5 GiB", LargestBudgetBytes: 7 * Gibibyte),
        ]);

    public static EventWire Event(long id, string type = "model.loaded", string message = "qwen3:8b is loaded") =>
        new(id, QuickTime.Start.AddSeconds(id - 100), type, "tower", "qwen3:8b", message, new Dictionary<string, string> { ["load_seconds"] = "1.5" });

    public static FakeControlServer WithStatus(this FakeControlServer server, StatusWire? status = null, params NodeWire[] nodes) => server
        .Gets(ControlRoutes.Status, status ?? Status, ContractsJson.Default.StatusWire)
        .Gets(ControlRoutes.Nodes, nodes is [] ? [Node] : nodes, ContractsJson.Default.IReadOnlyListNodeWire);
}
