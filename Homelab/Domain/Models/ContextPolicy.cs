namespace Homelab.Domain.Models;

/// <summary>Which context a load gets when the configuration leaves it to the engine. Follows Ollama, so that what is estimated is what is loaded.</summary>
internal static class ContextPolicy
{
    /// <summary>Shortest context that Ollama loads (<c>getRunner</c> in its <c>server/sched.go</c>).</summary>
    public const int Minimum = 4;

    /// <summary>Shortest context that Ollama gives to a model with a projector (same place).</summary>
    public const int MinimumWithProjector = 2048;

    /// <summary>Tokens of context for each sequence. Without a configured one: 4096, 32768 or 262144 by the total memory of all GPUs
    /// (below 23 GiB, below 47 GiB, more; <c>Serve</c> in Ollama's <c>server/routes.go</c>). Never more than the model was trained for.</summary>
    /// <param name="facts">The model's metadata; a trained context of 0 is unknown and caps nothing.</param>
    /// <param name="configuredContext">From the configuration; 0 where it says nothing.</param>
    /// <param name="totalGpuBytes">All GPUs together, used or not; zero without one.</param>
    /// <param name="engineDefault">What the engine is known to give; 0 where that is not known.</param>
    public static int Resolve(GgufFacts facts, int configuredContext, ByteSize totalGpuBytes, int engineDefault = 0)
    {
        var context = configuredContext > 0 ? configuredContext
            : facts.OwnContext > 0 ? facts.OwnContext
            : engineDefault > 0 ? engineDefault
            : Default(totalGpuBytes);
        context = Math.Max(context, facts.ProjectorBytes > ByteSize.Zero ? MinimumWithProjector : Minimum);
        return facts.TrainedContext > 0 ? Math.Min(context, facts.TrainedContext) : context;
    }

    /// <summary>Ollama's default for a machine with so much memory on all its GPUs.</summary>
    public static int Default(ByteSize totalGpuBytes) =>
        totalGpuBytes >= ByteSize.FromGibibytes(47) ? 262_144 :
        totalGpuBytes >= ByteSize.FromGibibytes(23) ? 32_768 : 4_096;
}
