using System.Net;

namespace Homelab.Gateway.Access;

/// <summary>Which <c>Host</c> headers are this machine's: IP literals (a rebinding attack always carries a name), <c>localhost</c>, the machine's
/// own name, the names that containers have for it, and those configured. Safe from any thread.</summary>
internal sealed class HostPolicy
{
    /// <summary>Docker's and Podman's names for the machine a container runs on are not in DNS, so no page can rebind them.</summary>
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { "localhost", "host.docker.internal", "host.containers.internal" };

    private readonly List<string> _suffixes = [];

    private volatile string? _lastAllowed;

    public HostPolicy(IEnumerable<string> machineNames, IEnumerable<string> allowedHosts)
    {
        foreach (var name in machineNames.Where(n => n.Length > 0))
        {
            _names.Add(name);
            _names.Add(name + ".local");
        }

        foreach (var host in allowedHosts)
        {
            if (host.StartsWith("*.", StringComparison.Ordinal))
            {
                _suffixes.Add(host[1..]);
            }
            else
            {
                _names.Add(host);
            }
        }
    }

    /// <param name="header">The header as it came: name or address, perhaps a port.</param>
    public bool Allows(string header)
    {
        // Nearly every request carries the same one.
        if (string.Equals(header, _lastAllowed, StringComparison.Ordinal))
        {
            return true;
        }

        if (!AllowsName(new HostString(header).Host))
        {
            return false;
        }

        _lastAllowed = header;
        return true;
    }

    private bool AllowsName(string host)
    {
        var name = host.EndsWith('.') ? host[..^1] : host;
        if (name.Length == 0)
        {
            return false;
        }

        // "127.1" and "0x7f000001" parse too; they are addresses all the same, and no name that DNS could rebind.
        if (IPAddress.TryParse(name.AsSpan().Trim("[]"), out _) || _names.Contains(name))
        {
            return true;
        }

        foreach (var suffix in _suffixes)
        {
            if (name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
