using System.Security.Cryptography;
using System.Text;
using Homelab.Telemetry;

namespace Homelab.Apps.Downloads;

/// <summary>One file that an app wants to have.</summary>
/// <param name="Url">Where it is fetched from: https, or http where <paramref name="Insecure"/>.</param>
/// <param name="Path">Relative to the app's folder of files, parts separated by <c>/</c>.</param>
/// <param name="Sha256">Its sum in hexadecimal; null only where <paramref name="Insecure"/>.</param>
/// <param name="LowestSize">Fewest bytes that it may have; null: any.</param>
/// <param name="HighestSize">Most bytes that it may have; null: the general maximum.</param>
/// <param name="Insecure">The user accepts an address without TLS and a file without a sum.</param>
internal sealed record FileDemand(Uri Url, string Path, string? Sha256, long? LowestSize, long? HighestSize, bool Insecure)
{
    /// <summary>The address without its query and credentials, for people.</summary>
    public string PrintableUrl => Print(Url);

    /// <summary>The same for all demands that one transfer serves: the sum, or a sum of the address where there is none. Fit for a file's name.</summary>
    public string Key => Sha256?.ToLowerInvariant() ?? "url-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Url.AbsoluteUri)));

    /// <summary>An address without what may be secret in it.</summary>
    public static string Print(Uri url) => Printable.OneLine(url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped), 300);
}
