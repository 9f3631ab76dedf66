namespace Homelab.Configuration;

/// <summary><c>hub.queue:</c>, how many requests may wait at the hub and for how long.</summary>
internal sealed class HubQueueConfig
{
    public int MaxWaiting { get; set; } = 2048;

    public Duration MaxWait { get; set; } = Duration.FromMinutes(4);
}
