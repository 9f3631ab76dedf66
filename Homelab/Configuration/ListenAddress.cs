using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Homelab.Configuration;

/// <summary>An address to listen at, written <c>127.0.0.1:42420</c>, <c>[::1]:42420</c> or <c>localhost:42420</c>.</summary>
/// <param name="Address">Null for <c>localhost</c>: both loopback addresses.</param>
/// <param name="Port">0: any free one.</param>
internal sealed record ListenAddress(IPAddress? Address, int Port)
{
    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <summary>Reads the text of a checked configuration.</summary>
    /// <exception cref="FormatException">It is no such address.</exception>
    public static ListenAddress Parse(string text) =>
        TryParse(text, out var address, out var problem) ? address : throw new FormatException(problem);

    /// <summary>Reads the text; where it is wrong, <paramref name="problem"/> says how.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || (text.StartsWith('[') && text.EndsWith(']')))
        {
            problem = "has no port; write host:port, for example 127.0.0.1:42420 or [::1]:42420";
            return false;
        }

        var host = text[..colon];
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
        {
            problem = "has no valid port; a port is a number from 0 to 65535";
            return false;
        }

        IPAddress? parsed = null;
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (host is "" or "*")
        {
            problem = $"names no address; write 0.0.0.0:{port} for every IPv4 address of this machine or [::]:{port} for every address";
            return false;
        }

        if (!bracketed && host.Contains(':'))
        {
            problem = $"is an IPv6 address without brackets; write [{host}]:{port}";
            return false;
        }

        var literal = bracketed ? host[1..^1] : host;
        if (!host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            && (!IPAddress.TryParse(literal, out parsed) || bracketed != literal.Contains(':') || (!bracketed && literal.Count(c => c == '.') != 3)))
        {
            problem = "must start with an IP address of this machine, or localhost";
            return false;
        }

        address = new ListenAddress(parsed, port);
        problem = null;
        return true;
    }

    public override string ToString() => Address is null
        ? string.Create(CultureInfo.InvariantCulture, $"localhost:{Port}")
        : new IPEndPoint(Address, Port).ToString();
}
