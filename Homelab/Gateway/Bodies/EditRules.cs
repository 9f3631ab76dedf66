namespace Homelab.Gateway.Bodies;

/// <summary>Which edits a route needs towards an engine.</summary>
[Flags]
internal enum EditRules
{
    /// <summary>The model's name only.</summary>
    None = 0,

    /// <summary>The engine counts tokens for us: <c>stream_options.include_usage</c>.</summary>
    AskForUsage = 1,

    /// <summary><c>max_completion_tokens</c>, which Ollama ignores, also as <c>max_tokens</c>.</summary>
    CopyMaximumTokens = 2,

    /// <summary>The context guard: nothing that makes Ollama reload a loaded model or move its keep-alive.</summary>
    KeepLoaded = 4,
}
