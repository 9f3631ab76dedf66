namespace Homelab.Configuration;

/// <summary><c>hub.events:</c>, how long the cluster's events are kept.</summary>
internal sealed class HubEventsConfig
{
    public Duration Keep { get; set; } = Duration.FromMinutes(7 * 24 * 60);
}
