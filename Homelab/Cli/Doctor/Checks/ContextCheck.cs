using Homelab.Domain.Memory;
using Homelab.Domain.Models;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>The context that models are loaded with suits coding agents on the one hand and the memory on the other.</summary>
internal sealed class ContextCheck : IDoctorCheck
{
    /// <summary>Agents send prompts of more than this; Ollama cuts what does not fit, silently.</summary>
    private const int ShortForAgents = 8192;

    /// <summary>What a sequence of this many tokens costs at least, in bytes a token, with a model of 7 to 8 billion parameters
    /// (32 layers x 8 KV heads x 128 x 2 x 2 bytes).</summary>
    private const long BytesPerToken = 131_072;

    public string Name => "context";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (!facts.UsesOllama)
        {
            yield break;
        }

        var ollama = facts.Config.Daemon.Engines.Ollama;
        var gpus = new ByteSize(facts.Devices.Where(d => d.Kind != DeviceKind.Ram).Sum(d => d.Total.Bytes));
        var context = ollama.Context > 0 ? ollama.Context : ContextPolicy.Default(gpus);
        var total = facts.Devices.IsEmpty ? ByteSize.Zero : facts.Devices.Max(d => d.Total);
        var cache = new ByteSize(context * BytesPerToken * Math.Max(1, ollama.Parallel));
        if (total > ByteSize.Zero && cache > total)
        {
            yield return new Finding(
                Name,
                FindingOutcome.Warn,
                $"{context} tokens for each of {ollama.Parallel} requests at once take about {cache} with an 8B model, more than the {total} there are",
                "set daemon.engines.ollama.context or .parallel lower");
        }
        else if (context < ShortForAgents)
        {
            yield return new Finding(
                Name,
                FindingOutcome.Warn,
                $"models are loaded with {context} tokens of context{(ollama.Context == 0 ? " (Ollama's default here)" : "")}; longer prompts, such as coding agents send, are cut silently",
                "set daemon.engines.ollama.context, e.g. 16384, or context of one model");
        }
        else
        {
            yield return new Finding(Name, FindingOutcome.Ok, $"{context} tokens for each of {ollama.Parallel} requests at once");
        }
    }
}
