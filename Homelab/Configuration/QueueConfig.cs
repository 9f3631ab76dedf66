namespace Homelab.Configuration;

/// <summary><c>daemon.queue:</c>, how many requests may wait and for how long.</summary>
internal sealed class QueueConfig
{
    public int MaxWaiting { get; set; } = 512;

    public Duration MaxWait { get; set; } = Duration.FromMinutes(4);

    /// <summary>How long requests for loaded models may pass one that waits for room.</summary>
    public Duration MaxHold { get; set; } = Duration.FromSeconds(60);
}
