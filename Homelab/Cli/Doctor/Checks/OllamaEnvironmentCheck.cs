using System.Globalization;

namespace Homelab.Cli.Doctor.Checks;

/// <summary>No OLLAMA_* variable works against what homelab does with Ollama: of its service where it is one, else of this environment.</summary>
internal sealed class OllamaEnvironmentCheck : IDoctorCheck
{
    public string Name => "ollama settings";

    public IEnumerable<Finding> Check(DoctorFacts facts)
    {
        if (!facts.UsesOllama)
        {
            return [];
        }

        var found = Judge(facts).Select(f => new Finding(Name, FindingOutcome.Warn, f.Text + Place(facts, f.Text), f.Fix)).ToList();
        return found.Count > 0 ? found : [new Finding(Name, FindingOutcome.Ok, "no OLLAMA_* variable stands in the way")];
    }

    private static IEnumerable<(string Text, string Fix)> Judge(DoctorFacts facts)
    {
        var ollama = facts.Config.Daemon.Engines.Ollama;
        if (Value(facts, "OLLAMA_KEEP_ALIVE") is { } keep && keep.TrimStart('+').StartsWith('0') && keep.All(c => c is '0' or '+' or 's' or 'm' or 'h' or '.'))
        {
            yield return ($"OLLAMA_KEEP_ALIVE={keep} unloads a model after each request that does not go through homelab", "unset OLLAMA_KEEP_ALIVE");
        }

        if (Number(facts, "OLLAMA_NUM_PARALLEL") is { } parallel && parallel != ollama.Parallel)
        {
            yield return ($"OLLAMA_NUM_PARALLEL={parallel}, but daemon.engines.ollama.parallel is {ollama.Parallel}: memory is estimated for the wrong number", $"set daemon.engines.ollama.parallel to {parallel}, or unset OLLAMA_NUM_PARALLEL");
        }

        if (Number(facts, "OLLAMA_MAX_LOADED_MODELS") is 1)
        {
            yield return ("OLLAMA_MAX_LOADED_MODELS=1 keeps Ollama from holding two models however much memory there is", "unset OLLAMA_MAX_LOADED_MODELS");
        }

        if (Number(facts, "OLLAMA_CONTEXT_LENGTH") is { } context && context != ollama.Context)
        {
            yield return ($"OLLAMA_CONTEXT_LENGTH={context}, but daemon.engines.ollama.context is {ollama.Context}: memory is estimated for the wrong context", $"set daemon.engines.ollama.context to {context}, or unset OLLAMA_CONTEXT_LENGTH");
        }

        if (Value(facts, "OLLAMA_ORIGINS") is { } origins && origins.Contains('*'))
        {
            yield return ("OLLAMA_ORIGINS lets any web page use Ollama", "unset OLLAMA_ORIGINS");
        }

        if (Value(facts, "OLLAMA_LOAD_TIMEOUT") is { } timeout && Configuration.Duration.TryParse(timeout, out var wait) && wait.Value < facts.Config.Daemon.LoadTimeout.Value)
        {
            yield return ($"OLLAMA_LOAD_TIMEOUT={timeout} gives a load up before daemon.load_timeout ({facts.Config.Daemon.LoadTimeout}) does", "unset OLLAMA_LOAD_TIMEOUT");
        }
    }

    private static string? Value(DoctorFacts facts, string variable) =>
        facts.Unit.Variables.TryGetValue(variable, out var set) ? set.Value : facts.Variable(variable);

    /// <summary>Where a text's variable is set, if not in this environment.</summary>
    private static string Place(DoctorFacts facts, string text) =>
        facts.Unit.Variables.FirstOrDefault(v => text.StartsWith(v.Key, StringComparison.Ordinal)).Value.File is { } file ? $" (in {file})" : "";

    private static int? Number(DoctorFacts facts, string variable) =>
        int.TryParse(Value(facts, variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
