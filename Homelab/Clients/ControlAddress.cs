using System.Diagnostics.CodeAnalysis;

namespace Homelab.Clients;

/// <summary>The address of a daemon or hub as users write it.</summary>
internal static class ControlAddress
{
    public const string Default = "http://127.0.0.1:42420";

    /// <summary>Reads <c>http://host:port</c>, <c>https://...</c> or <c>host:port</c>; false for anything else.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Uri? address)
    {
        address = null;
        var trimmed = text?.Trim() ?? "";
        if (trimmed.Length is 0 or > 2000)
        {
            return false;
        }

        var whole = trimmed.Contains("://", StringComparison.Ordinal) ? trimmed : "http://" + trimmed;
        return Uri.TryCreate(whole, UriKind.Absolute, out address)
            && address.Scheme is "http" or "https"
            && address is { Host.Length: > 0, Query: "", Fragment: "", UserInfo: "" };
    }
}
