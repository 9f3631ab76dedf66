using System.Net;
using System.Net.Sockets;

namespace Homelab.Apps.Downloads;

/// <summary>Which addresses a download may connect to. A manifest's own address may lead into this network, since its writer named it; a redirect may not lead nearer than where it
/// came from, or any server could have this machine ask its neighbours (SSRF).</summary>
/// <remarks>Ranges: the IANA special-purpose address registries (RFC 6890), NAT64 RFC 6052 and 8215, 6to4 RFC 3056, Teredo RFC 4380.</remarks>
internal static class AddressPolicy
{
    private static readonly (IPNetwork Network, AddressReach Reach)[] Four =
    [
        (IPNetwork.Parse("0.0.0.0/8"), AddressReach.Never),
        (IPNetwork.Parse("169.254.0.0/16"), AddressReach.Never),
        (IPNetwork.Parse("224.0.0.0/4"), AddressReach.Never),
        (IPNetwork.Parse("240.0.0.0/4"), AddressReach.Never),
        (IPNetwork.Parse("127.0.0.0/8"), AddressReach.Loopback),
        (IPNetwork.Parse("10.0.0.0/8"), AddressReach.Private),
        (IPNetwork.Parse("100.64.0.0/10"), AddressReach.Private),
        (IPNetwork.Parse("172.16.0.0/12"), AddressReach.Private),
        (IPNetwork.Parse("192.0.0.0/24"), AddressReach.Private),
        (IPNetwork.Parse("192.168.0.0/16"), AddressReach.Private),
        (IPNetwork.Parse("198.18.0.0/15"), AddressReach.Private),
    ];

    private static readonly (IPNetwork Network, AddressReach Reach)[] Six =
    [
        (IPNetwork.Parse("::/128"), AddressReach.Never),
        (IPNetwork.Parse("::1/128"), AddressReach.Loopback),
        (IPNetwork.Parse("fe80::/10"), AddressReach.Never),
        (IPNetwork.Parse("ff00::/8"), AddressReach.Never),

        // Both hide an IPv4 address where it cannot be read: a translator's own prefix, and Teredo.
        (IPNetwork.Parse("64:ff9b:1::/48"), AddressReach.Never),
        (IPNetwork.Parse("2001::/32"), AddressReach.Never),
        (IPNetwork.Parse("fc00::/7"), AddressReach.Private),
        (IPNetwork.Parse("fec0::/10"), AddressReach.Private),
    ];

    // Where an IPv4 address lies in an IPv6 one: compatible, mapped, NAT64, 6to4.
    private static readonly (IPNetwork Network, int Offset)[] Embedding =
    [
        (IPNetwork.Parse("::/96"), 12),
        (IPNetwork.Parse("::ffff:0:0/96"), 12),
        (IPNetwork.Parse("::ffff:0:0:0/96"), 12),
        (IPNetwork.Parse("64:ff9b::/96"), 12),
        (IPNetwork.Parse("2002::/16"), 2),
    ];

    /// <summary>Where an address leads; an IPv6 address that stands for an IPv4 one, where that one does.</summary>
    public static AddressReach ReachOf(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return Find(Four, address) ?? AddressReach.Public;
        }

        // A zone ("%eth0") is no part of the number.
        var plain = new IPAddress(address.GetAddressBytes());
        if (Find(Six, plain) is { } reach)
        {
            return reach;
        }

        foreach (var (network, offset) in Embedding)
        {
            if (Contains(network, plain))
            {
                return ReachOf(new IPAddress(plain.GetAddressBytes().AsSpan(offset, 4)));
            }
        }

        return AddressReach.Public;
    }

    /// <summary>Why an address may not be connected to; null: it may.</summary>
    /// <param name="address">The address.</param>
    /// <param name="from">Where the redirect that leads to it came from; null: the manifest names its host.</param>
    public static string? Refusal(IPAddress address, AddressReach? from) => (ReachOf(address), from) switch
    {
        (AddressReach.Never, _) => "it is a link-local, multicast or reserved address, and nothing is ever downloaded from those",
        (AddressReach.Loopback, not (null or AddressReach.Loopback)) => "it is this machine, and a redirect from another one may not lead here",
        (AddressReach.Private, AddressReach.Public) => "it is in a private network, and a redirect from the internet may not lead there",
        _ => null,
    };

    private static AddressReach? Find((IPNetwork Network, AddressReach Reach)[] table, IPAddress address)
    {
        foreach (var (network, reach) in table)
        {
            if (Contains(network, address))
            {
                return reach;
            }
        }

        return null;
    }

    // IPNetwork's own Contains takes a mapped address for an IPv4 one.
    private static bool Contains(IPNetwork network, IPAddress address)
    {
        var (prefix, bytes) = (network.BaseAddress.GetAddressBytes(), address.GetAddressBytes());
        var (whole, rest) = Math.DivRem(network.PrefixLength, 8);
        return prefix.Length == bytes.Length && prefix.AsSpan(0, whole).SequenceEqual(bytes.AsSpan(0, whole))
            && (rest == 0 || (prefix[whole] ^ bytes[whole]) >> (8 - rest) == 0);
    }
}
