using Homelab.Domain.Models;

namespace Homelab.Bench.Estimates;

/// <summary>One load as llama.cpp printed its buffers.</summary>
/// <param name="Model">Of the shapes listed beside.</param>
/// <param name="Facts">Its metadata.</param>
/// <param name="Settings">Of the load.</param>
/// <param name="Cache">MiB of the KV cache.</param>
/// <param name="State">MiB of the recurrent state.</param>
/// <param name="Compute">MiB of the compute buffer.</param>
/// <param name="Output">MiB of the output buffer.</param>
internal sealed record ObservedLoad(string Model, GgufFacts Facts, LoadSettings Settings, double Cache, double State, double Compute, double Output)
{
    /// <summary>MiB of the weights, whose values take a quantised file's 4.85 bits (Q4_K_M) here where the observed ones took 16.</summary>
    public double Weights => Facts.WeightBytes.Bytes / (double)(1 << 20);

    /// <summary>MiB of everything: what an engine that adds its buffers up says of it.</summary>
    public double Total => Weights + Cache + State + Compute + Output;

    public override string ToString() =>
        $"{Model} {Settings.Parallel} x {Settings.Context}, batch {Settings.Batch}, {Settings.KeyValueCache}{(Settings.FlashAttention ? "" : ", no flash attention")}";
}
