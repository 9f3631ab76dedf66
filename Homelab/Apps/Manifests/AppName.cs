using System.Buffers;

namespace Homelab.Apps.Manifests;

/// <summary>What an app may be called. The name becomes a folder, a log's name and a part of addresses, so it is narrow.</summary>
internal static class AppName
{
    /// <summary>Most characters.</summary>
    public const int MaximumLength = 63;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>What is wrong with the name, as the end of a sentence that starts with it; null where nothing is.</summary>
    public static string? Check(string name) =>
        name.Length is 0 or > MaximumLength || name.AsSpan().ContainsAnyExcept(Allowed) || !char.IsAsciiLetterOrDigit(name[0])
            ? $"is not an app's name; use up to {MaximumLength} small letters, digits, dots, dashes and underscores, and start with a letter or digit"
            : name.Contains("..", StringComparison.Ordinal) || PortableName.EndsAmbiguously(name) ? "is not an app's name; dots must stand alone and not at the end"
            : PortableName.IsDevice(name) ? "is the name of a device on Windows; choose another"
            : null;
}
