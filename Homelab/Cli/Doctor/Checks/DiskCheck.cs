using Homelab.Cli.Output;
using Homelab.Domain.Models;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>There is room for another model.</summary>
internal sealed class DiskCheck : IDoctorCheck
{
    private static readonly ByteSize Comfortable = ByteSize.FromGibibytes(10);
    private static readonly ByteSize Least = ByteSize.FromGibibytes(1);

    public string Name => "disk";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (!facts.UsesOllama || facts.FreeDiskBytes is not { } bytes)
        {
            yield break;
        }

        var text = $"{Units.Bytes(bytes)} free for models at {facts.ModelsFolder}";
        const string fix = "homelab models rm MODEL, or move them with OLLAMA_MODELS";
        yield return new ByteSize(bytes) < Least ? new Finding(Name, FindingOutcome.Fail, text, fix)
            : new ByteSize(bytes) < Comfortable ? new Finding(Name, FindingOutcome.Warn, text, fix)
            : new Finding(Name, FindingOutcome.Ok, text);
    }
}
