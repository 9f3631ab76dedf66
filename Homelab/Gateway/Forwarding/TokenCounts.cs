namespace Homelab.Gateway.Forwarding;

/// <summary>Tokens as the engine counted them; null where it did not say.</summary>
internal struct TokenCounts
{
    public long? Prompt { get; set; }

    public long? Completion { get; set; }
}
