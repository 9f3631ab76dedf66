using System.Net;
using System.Net.Sockets;

namespace Homelab.Gateway.Access;

/// <summary>Counts wrong keys by address, so that guessing is slow. Memory is bounded whatever arrives. Safe from any thread.</summary>
internal sealed class FailureLimiter(TimeProvider time)
{
    /// <summary>Wrong keys that an address may send within <see cref="Window"/>.</summary>
    public const int Allowed = 10;

    /// <summary>Addresses remembered at most.</summary>
    public const int MaximumAddresses = 4096;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    private readonly Dictionary<IPAddress, (long Since, int Count)> _failures = [];

    /// <summary>Addresses remembered now.</summary>
    public int Addresses
    {
        get
        {
            lock (_lock)
            {
                return _failures.Count;
            }
        }
    }

    /// <summary>Whether the address has used up its tries.</summary>
    public bool IsBlocked(IPAddress? address)
    {
        lock (_lock)
        {
            return _failures.TryGetValue(Group(address), out var seen) && seen.Count >= Allowed && time.GetElapsedTime(seen.Since) < Window;
        }
    }

    public void CountFailure(IPAddress? address)
    {
        var group = Group(address);
        lock (_lock)
        {
            if (_failures.TryGetValue(group, out var seen) && time.GetElapsedTime(seen.Since) < Window)
            {
                _failures[group] = (seen.Since, seen.Count + 1);
                return;
            }

            if (_failures.Count >= MaximumAddresses)
            {
                Shrink();
            }

            _failures[group] = (time.GetTimestamp(), 1);
        }
    }

    /// <summary>Drops what has expired; if a flood filled the table within one window, everything: the flood has many addresses anyway.</summary>
    private void Shrink()
    {
        foreach (var (address, seen) in _failures)
        {
            if (time.GetElapsedTime(seen.Since) >= Window)
            {
                _failures.Remove(address);
            }
        }

        if (_failures.Count >= MaximumAddresses)
        {
            _failures.Clear();
        }
    }

    /// <summary>An IPv6 caller owns a /64; IPv4 in IPv6 clothes is IPv4.</summary>
    private static IPAddress Group(IPAddress? address)
    {
        if (address is null)
        {
            return IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
