using System.Globalization;

namespace Homelab.Processes;

/// <summary>Tells whether a group is one user's own, as many Linux distributions give to each: what such a group may write, nobody else can.</summary>
internal static class PrivateGroup
{
    /// <summary>Asks this machine's files of users and groups. A group that is not in them (a directory server's) is taken for a shared one.</summary>
    public static bool IsOf(uint user, uint group)
    {
        try
        {
            return IsOf(user, group, File.ReadAllText("/etc/passwd"), File.ReadAllText("/etc/group"));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The same of given texts.</summary>
    /// <param name="user">The user's number.</param>
    /// <param name="group">The group's.</param>
    /// <param name="users"><c>passwd(5)</c>.</param>
    /// <param name="groups"><c>group(5)</c>.</param>
    public static bool IsOf(uint user, uint group, string users, string groups)
    {
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (var fields in Lines(users, 4))
        {
            if (Number(fields[2]) == user)
            {
                own.Add(fields[0]);
            }
            else if (Number(fields[3]) == group)
            {
                return false;
            }
        }

        var entries = Lines(groups, 4).Where(fields => Number(fields[2]) == group).ToList();
        return entries.Count > 0 && entries.TrueForAll(fields => fields[3].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(own.Contains));
    }

    private static IEnumerable<string[]> Lines(string text, int fields) => text.Split('\n').Select(line => line.Split(':')).Where(line => line.Length >= fields);

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
