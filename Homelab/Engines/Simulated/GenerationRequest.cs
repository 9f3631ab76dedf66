using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>What any of the dialects asks for, in one form.</summary>
internal sealed record GenerationRequest
{
    public required SimulatedModel Model { get; init; }

    /// <summary>The model's name as the request wrote it; answers repeat it.</summary>
    public required string ModelAsSent { get; init; }

    /// <summary>All that the model would read; decides the answer.</summary>
    public required string Prompt { get; init; }

    /// <summary>What the user wrote last.</summary>
    public string LastUserText { get; init; } = "";

    /// <summary>Who spoke last.</summary>
    public string LastRole { get; init; } = "user";

    public LoadOptions Load { get; init; } = new();

    public TimeSpan? KeepAlive { get; init; }

    public int MaximumTokens { get; init; } = -1;

    public ImmutableArray<string> Stops { get; init; } = [];

    public AnswerFormat Format { get; init; }

    public JsonElement? Schema { get; init; }

    /// <summary>Tools by name, each with the schema of its arguments.</summary>
    public ImmutableArray<(string Name, JsonElement? Schema)> Tools { get; init; } = [];

    public bool LogProbabilities { get; init; }

    public int TopLogProbabilities { get; init; }
}
