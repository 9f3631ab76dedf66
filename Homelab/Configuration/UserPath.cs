namespace Homelab.Configuration;

/// <summary>Paths as users write them.</summary>
internal static class UserPath
{
    /// <summary>Replaces a leading <c>~</c> by the user's folder.</summary>
    public static string Expand(string path, IReadOnlyDictionary<string, string>? environment = null)
    {
        if (path is not "~" && !path.StartsWith("~/", StringComparison.Ordinal) && !path.StartsWith("~\\", StringComparison.Ordinal))
        {
            return path;
        }

        var home = environment is not null && environment.TryGetValue("HOME", out var set) && set.Length > 0
            ? set
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return path.Length <= 2 ? home : Path.Combine(home, path[2..]);
    }
}
