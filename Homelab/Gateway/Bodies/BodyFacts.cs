namespace Homelab.Gateway.Bodies;

/// <summary>What the gateway needs to know of a body, and where in its bytes it stands. Found in one pass, without a document.</summary>
internal sealed class BodyFacts
{
    /// <summary>The model asked for, as written; empty only where a route does not need one.</summary>
    public string Model { get; set; } = "";

    /// <summary>The model's value, quotes included (JSON) or the bare text (multipart). Empty where there is none.</summary>
    public ByteRange ModelValue { get; set; }

    /// <summary>Whether <see cref="ModelValue"/> is bare text, not a JSON string.</summary>
    public bool ModelIsBare { get; set; }

    /// <summary>The value of <c>name</c>, which Ollama's show, pull and delete take for <c>model</c>; null where absent or no string.</summary>
    public string? Name { get; set; }

    /// <summary>Where <see cref="Name"/> stands, quotes included.</summary>
    public ByteRange NameValue { get; set; }

    /// <summary>Null where the body does not say; what that means depends on the dialect.</summary>
    public bool? Stream { get; set; }

    /// <summary>Whether the client asked for the usage chunk.</summary>
    public bool WantsUsage { get; set; }

    /// <summary>The value of <c>stream_options</c>; empty where absent.</summary>
    public ByteRange StreamOptions { get; set; }

    /// <summary>Just behind its opening brace, where it is an object; else 0.</summary>
    public long StreamOptionsStart { get; set; }

    /// <summary>Whether that object has no members.</summary>
    public bool StreamOptionsEmpty { get; set; }

    /// <summary>The value of <c>stream_options.include_usage</c>; empty where absent.</summary>
    public ByteRange IncludeUsage { get; set; }

    /// <summary>How long the client wants the model kept; null where it does not say or cannot be read.</summary>
    public TimeSpan? KeepAlive { get; set; }

    /// <summary><c>options.num_ctx</c>; 0 where absent.</summary>
    public int Context { get; set; }

    /// <summary>The number after <c>max_completion_tokens</c>; empty where absent or not a number.</summary>
    public ByteRange MaxCompletionTokens { get; set; }

    /// <summary>The value of <c>max_tokens</c>; empty where absent.</summary>
    public ByteRange MaxTokens { get; set; }

    /// <summary>Whether <c>max_tokens</c> says something.</summary>
    public bool HasMaxTokens { get; set; }

    /// <summary>The value of <c>system</c> (or <c>instructions</c>); empty where absent, as the three that follow.</summary>
    public ByteRange System { get; set; }

    /// <summary>The value of <c>messages</c>.</summary>
    public ByteRange Messages { get; set; }

    /// <summary>The value of <c>prompt</c>.</summary>
    public ByteRange Prompt { get; set; }

    /// <summary>The value of <c>input</c>.</summary>
    public ByteRange Input { get; set; }

    /// <summary>Length of these four: what the engine has to read.</summary>
    public long PromptBytes => System.Length + Messages.Length + Prompt.Length + Input.Length;

    public bool HasMessages { get; set; }

    public bool HasInput { get; set; }

    /// <summary>Whether <c>messages</c> is absent, null or an empty list.</summary>
    public bool MessagesEmpty { get; set; } = true;

    /// <summary>Whether <c>prompt</c> is absent, null or an empty string.</summary>
    public bool PromptEmpty { get; set; } = true;

    /// <summary>Just behind the opening brace.</summary>
    public long RootStart { get; set; }

    /// <summary>What to cut so that the engine is not made to reload: <c>keep_alive</c>, <c>shift</c> and the load options, commas included.</summary>
    public List<ByteRange>? ReloadFields { get; set; }
}
