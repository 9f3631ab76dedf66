namespace Homelab.Roles.Daemon.Link;

/// <summary>What was measured of one model on this machine; null until it was.</summary>
/// <param name="ServiceSeconds">Mean duration of its requests.</param>
/// <param name="PrefillTokensPerSecond">Tokens of prompt.</param>
/// <param name="DecodeTokensPerSecond">Tokens of answer.</param>
internal sealed record ModelRates(double? ServiceSeconds = null, double? PrefillTokensPerSecond = null, double? DecodeTokensPerSecond = null)
{
    /// <summary>Nothing was measured.</summary>
    public static ModelRates None { get; } = new();
}
