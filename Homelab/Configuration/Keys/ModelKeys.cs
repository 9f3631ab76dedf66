using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Keys;

/// <summary>The keys below <c>models:</c>.</summary>
internal static class ModelKeys
{
    /// <summary>Tokens of context that any engine can be asked for.</summary>
    public const int LargestContext = 16_777_216;

    /// <summary>Requests at a time that one replica can be asked to serve.</summary>
    public const int LargestParallel = 256;

    public static ConfigurationKey Models { get; } = new("models", Kind.SectionList, "Settings of single models, and aliases; every model of the engine is served without being listed here.")
    {
        Default = "[]",
        Children =
        [
            new("name", Kind.Text, "The model that the settings are for.") { Format = TextFormat.Model, Example = "qwen3:8b" },
            new("aliases", Kind.TextList, "Other names for the model, such as those that a tool insists on.") { Format = TextFormat.Model, Default = "[]", Example = "[ chat, gpt-4o-mini ]" },
            new("pin", Kind.Boolean, "Loaded at the start, never evicted, never unloaded when idle.") { Default = "false" },
            new("protect", Kind.Boolean, "Not loaded at the start, but once loaded never evicted for another model.") { Default = "false" },
            new("idle_unload", Kind.Duration, "As daemon.idle_unload, for this model. 0 = never.") { Example = "1h", Unset = "daemon.idle_unload" },
            new("context", Kind.Integer, "Tokens of context that it is loaded with.") { Minimum = 1, Maximum = LargestContext, Example = "16384", Unset = "daemon.engines.ollama.context" },
            new("parallel", Kind.Integer, "Requests that one loaded copy serves at the same time.") { Minimum = 1, Maximum = LargestParallel, Example = "2", Unset = "daemon.engines.ollama.parallel" },
            new("require", Kind.TextMap, "At a hub: labels (node.labels) that a machine must have to be given the model.") { Default = "{}", Example = "{ site: home }" },
            new("alias", Kind.Text, "Instead of name: a name for a ranked list. The first model that can be served without a load wins, else the first that fits.") { Format = TextFormat.Model, Example = "coder" },
            new("of", Kind.TextList, "The ranked list that the alias stands for, best first.") { Format = TextFormat.Model, Default = "[]", Example = "[ qwen3-coder:30b, qwen2.5-coder:7b ]" },
        ],
    };
}
