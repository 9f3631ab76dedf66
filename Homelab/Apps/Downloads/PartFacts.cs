using System.Net.Http.Headers;
using System.Text.Json.Serialization;

namespace Homelab.Apps.Downloads;

/// <summary>What a server said about a file of which a part is here; lies beside the part.</summary>
/// <param name="Url">Where the part is from, without query: that may be a secret, and tags and sums tell files apart.</param>
/// <param name="Etag">Its entity tag as the server wrote it.</param>
/// <param name="LastModified">Seconds since 1970.</param>
/// <param name="Total">Bytes of the whole file.</param>
internal sealed record PartFacts(string Url, string? Etag, long? LastModified, long? Total)
{
    /// <summary>The tag, where it vouches for every byte (RFC 9110, 8.8.1).</summary>
    [JsonIgnore]
    public EntityTagHeaderValue? StrongTag => EntityTagHeaderValue.TryParse(Etag, out var tag) && !tag.IsWeak ? tag : null;

    public static PartFacts Of(FileDemand demand, HttpResponseMessage response, long? total) =>
        new(demand.PrintableUrl, response.Headers.ETag?.ToString(), response.Content.Headers.LastModified?.ToUnixTimeSeconds(), total);
}
