namespace Homelab.Cli.Output;

/// <summary>What a piece of text says; only a terminal with colours shows it.</summary>
internal enum Tone
{
    Plain,

    /// <summary>Titles and units: less important than the rest.</summary>
    Muted,

    /// <summary>Names that the eye looks for.</summary>
    Strong,

    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Changing, or in use.</summary>
    Busy,

    /// <summary>Look at this.</summary>
    Warning,

    /// <summary>Broken.</summary>
    Bad,
}
