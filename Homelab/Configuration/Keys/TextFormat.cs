using Homelab.Domain.Models;

namespace Homelab.Configuration.Keys;

/// <summary>What a text must look like beyond being a text.</summary>
/// <param name="Check">What is wrong with the text, as the end of a sentence that starts with the value; null where it is fine.</param>
/// <param name="Pattern">A regular expression for editors that every valid text matches; null where there is none.</param>
internal sealed record TextFormat(Func<string, string?> Check, string? Pattern = null)
{
    public static TextFormat Any { get; } = new(_ => null);

    /// <summary>Something visible.</summary>
    public static TextFormat NotEmpty { get; } = new(
        text => string.IsNullOrWhiteSpace(text) ? "is empty" : text.Any(char.IsControl) ? "holds a control character" : null,
        @"\S");

    /// <summary>A key that fits in a header.</summary>
    public static TextFormat Credential { get; } = new(
        text => text.Length == 0 ? "is empty"
            : text.All(c => c is > ' ' and <= '~') ? text.Length > 4096 ? "is longer than 4096 characters" : null
            : "holds a space or a character that cannot stand in a header",
        @"\S");

    /// <summary>An address to listen at.</summary>
    public static TextFormat Listen { get; } = new(
        text => ListenAddress.TryParse(text, out _, out var problem) ? null : problem,
        @":[0-9]+$");

    /// <summary>An address to call.</summary>
    public static TextFormat Url { get; } = new(CheckUrl, "^[hH][tT][tT][pP][sS]?://");

    /// <summary>A model's name as Ollama writes it.</summary>
    public static TextFormat Model { get; } = new(
        text => ModelName.TryParse(text, out _) ? null : "is not a model name; write it as Ollama does, for example qwen3:8b",
        @"^\S+$");

    /// <summary>A model's name, or a pattern with * for several.</summary>
    public static TextFormat ModelPattern { get; } = new(
        text => ModelName.TryParse(text.Replace('*', 'x'), out _) ? null : "is neither a model name nor a pattern such as qwen3:* or *",
        @"^\S+$");

    /// <summary>A host without a port.</summary>
    public static TextFormat Host { get; } = new(
        text => Uri.CheckHostName(text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text) != UriHostNameType.Unknown
            ? null
            : "is not a host name; write it without http:// and without a port",
        @"^[^/\s]+$");

    /// <summary>A browser's origin.</summary>
    public static TextFormat Origin { get; } = new(
        text => text == "*" ? "would let every web page in; name each origin, for example https://chat.example.org"
            : text.EndsWith('/') ? $"is not an origin; write it without the last slash"
            : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length > 0 && uri.AbsolutePath is "/" or "" && uri.Query.Length == 0 && uri.UserInfo.Length == 0 ? null
            : "is not an origin; write scheme and host, for example https://chat.example.org",
        "://");

    /// <summary>A short name made of letters, digits, dots, dashes and underscores.</summary>
    public static TextFormat Name { get; } = new(
        text => text.Length is > 0 and <= 63 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? null
            : "is not a name; use up to 63 letters, digits, dots, dashes and underscores",
        "^[A-Za-z0-9._-]{1,63}$");

    /// <summary>A whole path, <c>~</c> allowed.</summary>
    public static TextFormat AbsolutePath { get; } = new(
        text => text.Contains('\0') ? "holds a NUL"
            : text is "~" || text.StartsWith("~/", StringComparison.Ordinal) || Path.IsPathRooted(text) ? null
            : "is not a whole path; start it with / or ~/");

    private static string? CheckUrl(string text) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0
            ? "is not an address; write http://host:port or https://host:port"
            : uri.UserInfo.Length > 0 ? "must not hold a user name or password"
            : uri.Fragment.Length > 0 || uri.Query.Length > 0 ? "must end with the path: no ? and no #"
            : null;
}
