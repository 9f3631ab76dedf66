namespace Homelab.Tests.Processes;

/// <summary>Looks at real processes and waits for what they do.</summary>
internal static class RealProcess
{
    /// <summary>Whether it runs; one that has ended but was not collected by its parent does not.</summary>
    public static bool Runs(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Waits for something that another process does; fails with what was expected after half a minute.</summary>
    public static async Task Until(Func<bool> condition, string expected)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30), $"waited 30 s for: {expected}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>The text of a file that another process writes; empty while it is not there.</summary>
    public static string Text(string path)
    {
        if (!File.Exists(path))
        {
            return "";
        }

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }
}
