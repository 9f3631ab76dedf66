using System.Globalization;

namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>Children of another process, read from <c>/proc</c>.</summary>
internal static class ChildProcesses
{
    /// <summary>Those of one process that live or wait to be asked after; a child belongs to the thread that started it.</summary>
    public static IReadOnlyList<int> Of(int id)
    {
        try
        {
            return
            [
                .. from thread in Directory.GetDirectories($"/proc/{id}/task")
                   from child in File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                   select int.Parse(child, CultureInfo.InvariantCulture),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Its command line; empty where it has ended.</summary>
    public static IReadOnlyList<string> CommandOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
        }
        catch (IOException)
        {
            return [];
        }
    }

    public static bool IsAlive(int id)
    {
        try
        {
            // "12 (name) S ...": a dead one that nobody asked after yet is in state Z.
            var state = File.ReadAllText($"/proc/{id}/stat");
            return state[state.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Waits until none of them lives.</summary>
    public static Task AreGoneAsync(IReadOnlyList<int> ids) => Eventually.BecomesAsync(
        $"processes {string.Join(", ", ids)}", "none alive", () => Task.FromResult(string.Join(", ", ids.Where(IsAlive))), alive => alive.Length == 0);
}
