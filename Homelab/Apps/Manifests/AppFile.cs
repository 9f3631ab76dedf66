namespace Homelab.Apps.Manifests;

/// <summary>One file that an app needs.</summary>
/// <param name="Url">Where it comes from: https, or http where it is insecure. Its query may be secret.</param>
/// <param name="Path">Where it goes, below the folder of the app's files, with <c>/</c> between parts; leads nowhere else.</param>
/// <param name="Sha256">In small hexadecimal digits; null only where it is insecure.</param>
/// <param name="Size">How large it is; null where nobody said.</param>
/// <param name="Insecure">Whether the user does without https or without a sum.</param>
internal sealed record AppFile(Uri Url, string Path, string? Sha256, ExpectedSize? Size, bool Insecure);
