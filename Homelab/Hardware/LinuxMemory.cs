using System.Buffers;

namespace Homelab.Hardware;

/// <summary>Reads memory on Linux: <c>/proc/meminfo</c>, and the limits of every control group (version 2 or 1) from this process's up to the root.</summary>
/// <param name="root">The root of the file system; tests give a recorded tree.</param>
internal sealed class LinuxMemory(string root)
{
    // A cgroup v1 without a limit says LONG_MAX rounded down to a page.
    private const long NoLimit = 1L << 60;
    private const int LongestFile = 1 << 16;
    private const int DeepestGroup = 64;

    /// <summary>Null where there is no <c>/proc/meminfo</c>.</summary>
    public HostMemory? Read()
    {
        var meminfo = ReadFile("proc/meminfo");
        if (Find(meminfo, "MemTotal:") is not { } totalKibibytes)
        {
            return null;
        }

        // Kernels before 3.14 have no MemAvailable.
        var availableKibibytes = Find(meminfo, "MemAvailable:") ?? ((Find(meminfo, "MemFree:") ?? 0) + (Find(meminfo, "Cached:") ?? 0));
        var memory = new HostMemory(totalKibibytes << 10, availableKibibytes << 10);
        foreach (var line in ReadFile("proc/self/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // hierarchy:controllers:path; version 2 has no controllers. Paths may contain colons.
            var parts = line.Split(':', 3);
            if (parts.Length < 3)
            {
                continue;
            }

            if (parts[1].Length == 0)
            {
                memory = Limit(memory, "sys/fs/cgroup", parts[2], ["memory.max", "memory.high"], "memory.current", "inactive_file ");
            }
            else if (parts[1].Split(',').Contains("memory"))
            {
                memory = Limit(memory, "sys/fs/cgroup/memory", parts[2], ["memory.limit_in_bytes"], "memory.usage_in_bytes", "total_inactive_file ");
            }
        }

        return memory;
    }

    /// <summary>A limit anywhere above binds too. Where the kernel begins to brake a group (<c>memory.high</c>) is a limit like the one at which it kills: a model beyond it
    /// would be served at the speed of the disk. Inside a container the group's path is that of the host, where only the mount's root exists.</summary>
    private HostMemory Limit(HostMemory memory, string mount, string group, string[] maximumFiles, string usageFile, string cacheKey)
    {
        var path = group.Trim('/');
        for (var depth = 0; depth < DeepestGroup; depth++)
        {
            var folder = path.Length == 0 ? mount : $"{mount}/{path}";
            var maximum = maximumFiles.Min(file => long.TryParse(ReadFile($"{folder}/{file}").Trim(), out var limit) ? limit : NoLimit);
            if (maximum < NoLimit)
            {
                // Cached file pages that are not in use are counted as used, but are given up before anything fails.
                _ = long.TryParse(ReadFile($"{folder}/{usageFile}").Trim(), out var used);
                var cache = Find(ReadFile($"{folder}/memory.stat"), cacheKey) ?? 0;
                var free = maximum - Math.Max(0, used - cache);
                memory = new HostMemory(Math.Min(memory.Total, maximum), Math.Min(memory.Available, Math.Max(0, free)));
            }

            if (path.Length == 0)
            {
                break;
            }

            path = path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : "";
        }

        return memory;
    }

    /// <summary>The number after a key at the beginning of a line.</summary>
    private static long? Find(string text, string key)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(key))
            {
                var rest = line[key.Length..].Trim();
                var end = rest.IndexOf(' ');
                return long.TryParse(end < 0 ? rest : rest[..end], out var value) ? value : null;
            }
        }

        return null;
    }

    /// <summary>The text of a small file; empty where it cannot be read.</summary>
    private string ReadFile(string path)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LongestFile);
        try
        {
            using var file = File.OpenRead(Path.Combine(root, path));
            var length = file.ReadAtLeast(buffer.AsSpan(0, LongestFile), LongestFile, throwOnEndOfStream: false);
            return System.Text.Encoding.ASCII.GetString(buffer, 0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
