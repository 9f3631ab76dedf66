namespace Homelab.Configuration;

/// <summary>One entry of <c>models:</c>: either the settings of a model (<see cref="Name"/>) or an alias for several (<see cref="Alias"/> and <see cref="Of"/>).</summary>
internal sealed class ModelConfig
{
    public string? Name { get; set; }

    /// <summary>Other names for the model.</summary>
    public List<string> Aliases { get; set; } = [];

    /// <summary>Loaded at start, never evicted.</summary>
    public bool Pin { get; set; }

    /// <summary>Once loaded, never evicted for another model.</summary>
    public bool Protect { get; set; }

    public Duration? IdleUnload { get; set; }

    public int? Context { get; set; }

    public int? Parallel { get; set; }

    /// <summary>Labels that a machine must have for the hub to place the model there.</summary>
    public Dictionary<string, string> Require { get; set; } = [];

    /// <summary>A name for a ranked list.</summary>
    public string? Alias { get; set; }

    /// <summary>The ranked list.</summary>
    public List<string> Of { get; set; } = [];
}
