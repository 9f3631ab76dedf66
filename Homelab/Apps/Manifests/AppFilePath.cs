using System.Buffers;
using System.Text;

namespace Homelab.Apps.Manifests;

/// <summary>Where a file of an app may go: below the folder of its files, by a path that means the same on every system.</summary>
internal static class AppFilePath
{
    /// <summary>Where downloads that are not done lie, so no file of an app may.</summary>
    public const string Reserved = ".parts";

    private const int LongestPart = 255;
    private const int Longest = 1024;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("*?\"<>|");

    /// <summary>What is wrong with the path, as the end of a sentence that starts with it; null where nothing is.</summary>
    public static string? Check(string path)
    {
        if (path.Length is 0 or > Longest)
        {
            return path.Length == 0 ? "is empty" : $"is longer than {Longest} characters";
        }

        if (path.StartsWith('/') || path.Contains('\\') || path.Contains(':'))
        {
            return "is not a path below the app's files; write it relative, with / between parts and without \\ and :";
        }

        if (path.Any(char.IsControl))
        {
            return "holds a control character";
        }

        var parts = path.Split('/');
        return parts.Select(CheckPart).FirstOrDefault(problem => problem is not null)
            ?? (parts[0].StartsWith(Reserved, StringComparison.OrdinalIgnoreCase) ? $"starts with '{Reserved}', which is homelab's own; choose another name" : null);
    }

    private static string? CheckPart(string part) =>
        part is "" or "." or ".." ? "leaves the app's files or has an empty part; write it without .., . and //"
        : part.AsSpan().ContainsAny(Forbidden) ? "has a part with a character that Windows does not allow"
        : PortableName.EndsAmbiguously(part) ? "has a part that ends with a dot or a blank"
        : PortableName.IsDevice(part) ? "has a part that is the name of a device on Windows"
        : Encoding.UTF8.GetByteCount(part) > LongestPart ? $"has a part of more than {LongestPart} bytes"
        : null;
}
