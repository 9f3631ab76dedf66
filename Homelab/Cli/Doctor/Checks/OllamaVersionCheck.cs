namespace Homelab.Cli.Doctor.Checks;

/// <summary>Ollama is new enough for what clients need, and has no hole that is known.</summary>
internal sealed class OllamaVersionCheck : IDoctorCheck
{
    /// <summary>Codex refuses older ones; the Responses and Anthropic routes came with it.</summary>
    private static readonly Version Oldest = new(0, 13, 4);

    /// <summary>The first without the vulnerabilities known of older ones.</summary>
    private static readonly Version OldestSafe = new(0, 17, 1);

    public string Name => "ollama version";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (!facts.UsesOllama || facts.Ollama.Version is not { } text)
        {
            yield break;
        }

        const string fix = "curl -fsSL https://ollama.com/install.sh | sh";
        var digits = new string([.. text.TrimStart('v').TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        if (!Version.TryParse(digits, out var version))
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"it calls itself '{text}', which is no version", fix);
        }
        else if (version < Oldest)
        {
            yield return new Finding(Name, FindingOutcome.Fail, $"{text} is older than {Oldest}; /v1/responses and /v1/messages do not work", fix);
        }
        else if (version < OldestSafe)
        {
            yield return new Finding(Name, FindingOutcome.Warn, $"{text} has known vulnerabilities, fixed by {OldestSafe}", fix);
        }
        else
        {
            yield return new Finding(Name, FindingOutcome.Ok, text);
        }
    }
}
