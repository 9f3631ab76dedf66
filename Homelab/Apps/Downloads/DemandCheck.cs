using System.Collections.Immutable;
using Homelab.Telemetry;

namespace Homelab.Apps.Downloads;

/// <summary>The rules that a demand has to keep whatever read it from a manifest.</summary>
internal static class DemandCheck
{
    /// <exception cref="DownloadException">One is broken.</exception>
    public static void Check(string app, ImmutableArray<FileDemand> files)
    {
        foreach (var demand in files)
        {
            if (Problem(demand) is { } problem)
            {
                throw new DownloadException($"app {app}, file {Printable.OneLine(demand.Path, 120)}: {problem}");
            }
        }

        if (files.GroupBy(file => file.Path, StringComparer.Ordinal).FirstOrDefault(same => same.Select(file => file.Key).Distinct().Count() > 1) is { } twice)
        {
            throw new DownloadException($"app {app}: two different files are to be {Printable.OneLine(twice.Key, 120)}; give them different paths");
        }
    }

    private static string? Problem(FileDemand demand) => demand switch
    {
        { Url.IsAbsoluteUri: false } => "its address is not whole; begin it with https://",
        { Url.Scheme: not ("http" or "https") } => "its address is neither http nor https",
        { Url.Scheme: "http", Insecure: false } => "its address is not https; say insecure: true to take it nevertheless",
        { Url.UserInfo.Length: > 0 } => "its address holds credentials, which are never sent; name an address that is open",
        { Sha256: null, Insecure: false } => "it has no sha256; say insecure: true to take it nevertheless",
        { Sha256: { } sum } when sum.Length != 64 || !sum.All(char.IsAsciiHexDigit) => "its sha256 is not 64 hexadecimal digits",
        { LowestSize: < 0 } or { HighestSize: < 0 } => "its size is less than nothing",
        { LowestSize: { } lowest, HighestSize: { } highest } when lowest > highest => "its sizes contradict each other",
        _ => null,
    };
}
