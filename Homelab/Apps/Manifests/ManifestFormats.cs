using System.Globalization;
using Homelab.Configuration.Keys;

namespace Homelab.Apps.Manifests;

/// <summary>What the texts of a manifest must look like.</summary>
internal static class ManifestFormats
{
    private const int LongestUrl = 4096;

    // What Windows takes as a whole command line; Linux takes four times that for one argument.
    private const int LongestText = 32_000;

    /// <summary>An app's name.</summary>
    public static TextFormat Name { get; } = new(AppName.Check);

    /// <summary>An argument of the command.</summary>
    public static TextFormat Argument { get; } = new(text => CheckText(text, references: false, secret: false));

    /// <summary>The value of a variable, which may be secret.</summary>
    public static TextFormat Variable { get; } = new(text => CheckText(text, references: true, secret: true));

    /// <summary>A folder, relative to the one of the manifests or whole.</summary>
    public static TextFormat Folder { get; } = new(text =>
        string.IsNullOrWhiteSpace(text) ? "is empty" : text.Any(char.IsControl) ? "holds a control character" : null);

    /// <summary><c>auto</c> or a number.</summary>
    public static TextFormat Port { get; } = new(text =>
        text == "auto" || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536)
            ? null
            : "is not a port; write a number from 1 to 65535, or auto");

    /// <summary>The path that tells whether the app is ready.</summary>
    public static TextFormat Health { get; } = new(text =>
        !text.StartsWith('/') ? "is not a path of the app; start it with /"
        : text.StartsWith("//", StringComparison.Ordinal) ? "is not a path of the app; start it with one /"
        : text.Length > 1024 || text.Any(c => c is <= ' ' or > '~' or '#' or '{' or '}' or '\\' or '"' or '<' or '>') ? "holds a character that cannot stand in a path, or is too long"
        : null);

    /// <summary>Where a file comes from; https or http, which is judged with the rest of the entry.</summary>
    public static TextFormat Url { get; } = new(text =>
        text.Length > LongestUrl ? $"is longer than {LongestUrl} characters"
        : text.Any(c => c is <= ' ' or (char)127) ? "holds a blank or a control character"
        : !Uri.TryCreate(text, UriKind.Absolute, out var url) || !text.Contains("://", StringComparison.Ordinal) ? "is not an address; write https://host/path"
        : url.Scheme is not ("https" or "http") ? "is not an address that is fetched from; write https://host/path"
        : url.Host.Length == 0 ? "names no host; write https://host/path"
        : url.UserInfo.Length > 0 ? "must not hold a user name or password"
        : null);

    /// <summary>Where a file goes.</summary>
    public static TextFormat FilePath { get; } = new(AppFilePath.Check);

    /// <summary>A SHA-256 sum.</summary>
    public static TextFormat Sha256 { get; } = new(text =>
        text.Length == 64 && text.All(char.IsAsciiHexDigit) ? null : "is not a SHA-256 sum; write its 64 hexadecimal digits");

    /// <summary>A file's size.</summary>
    public static TextFormat Size { get; } = new(text =>
        ExpectedSize.TryParse(text, out _) ? null : "is not a size; write for example 120MiB, or the exact number of bytes");

    private static string? CheckText(string text, bool references, bool secret) =>
        text.Length > LongestText ? string.Create(CultureInfo.InvariantCulture, $"is longer than {LongestText} characters") : AppText.Check(text, references, secret);
}
