using Homelab.Clients;
using Homelab.Configuration;

namespace Homelab.Roles.Mcp;

/// <summary>Whose cluster the tools show, and the key for it.</summary>
/// <param name="Address">Of a daemon or a hub.</param>
/// <param name="Key">What is sent to it; null for none.</param>
/// <param name="Warning">What the operator should know of the choice; null: nothing.</param>
internal sealed record McpTarget(Uri Address, string? Key, string? Warning = null)
{
    /// <summary>At which a hub listens where nothing else is configured.</summary>
    private const int HubPort = 42421;

    /// <summary>What starts it where nobody answers.</summary>
    public string StartCommand => Address.Port == HubPort ? "homelab hub" : "homelab daemon";

    /// <summary>As messages name it: never a user name or password that someone wrote into the address.</summary>
    public string Name => Address.GetLeftPart(UriPartial.Scheme) + Address.Authority;

    /// <summary>What was given, else what is configured, else the cluster's hub, else this machine's daemon. A hub on another machine lets nobody in
    /// without a key, so without one the tools would only ever say that; this machine's daemon shows at least this machine.</summary>
    /// <param name="config">Checked.</param>
    /// <param name="address">Given by flag or environment; null: not given.</param>
    /// <param name="key">Likewise.</param>
    public static McpTarget Choose(HomelabConfig config, Uri? address, string? key)
    {
        key ??= config.Mcp.Key is { Length: > 0 } configured ? configured : null;
        if (address is not null)
        {
            return new McpTarget(address, key);
        }

        if (config.Mcp.Target is { Length: > 0 } target)
        {
            return new McpTarget(Read(target), key);
        }

        if (config.Daemon.Hub is [var first, ..] && Read(first) is var hub)
        {
            return key is not null || hub.IsLoopback
                ? new McpTarget(hub, key)
                : new McpTarget(Daemon(config), null, $"the tools show this machine alone: its hub, {first}, wants a key. On the hub: homelab keys add mcp, then set mcp.key here");
        }

        return new McpTarget(Daemon(config), key);
    }

    /// <summary>Where this machine's daemon listens, as its own configuration says.</summary>
    private static Uri Daemon(HomelabConfig config)
    {
        foreach (var text in config.Daemon.Listen)
        {
            if (ListenAddress.TryParse(text, out var listen, out _) && listen.Port != 0)
            {
                var host = listen.Address is null || listen.IsLoopback || listen.Address.Equals(System.Net.IPAddress.Any) || listen.Address.Equals(System.Net.IPAddress.IPv6Any)
                    ? "127.0.0.1"
                    : listen.Address.ToString();
                return new UriBuilder(Uri.UriSchemeHttp, host, listen.Port).Uri;
            }
        }

        return new Uri(ControlAddress.Default);
    }

    private static Uri Read(string text) => ControlAddress.TryParse(text, out var address) ? address : new Uri(text);
}
