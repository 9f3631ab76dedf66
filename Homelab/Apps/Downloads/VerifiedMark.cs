namespace Homelab.Apps.Downloads;

/// <summary>A file whose sum was taken when it had this size and time.</summary>
/// <param name="Key">The demand that it was fetched for.</param>
/// <param name="Sha256">Its sum.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Changed">Ticks of its last change, UTC.</param>
internal sealed record VerifiedMark(string Key, string Sha256, long Size, long Changed)
{
    /// <summary>What the demand wants is what was seen.</summary>
    public bool Serves(FileDemand demand) =>
        (demand.Sha256 is { } sum ? Sha256.Equals(sum, StringComparison.OrdinalIgnoreCase) : Key == demand.Key)
        && Size >= (demand.LowestSize ?? 0) && Size <= (demand.HighestSize ?? long.MaxValue);

    /// <summary>The file has not been touched since.</summary>
    public bool IsOf(FileInfo file) => file.Exists && file.LinkTarget is null && file.Length == Size && file.LastWriteTimeUtc.Ticks == Changed;
}
