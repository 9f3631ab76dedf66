namespace Homelab.Cli.Doctor;

/// <summary>Whether the system shows a GPU. Says nothing of its memory: that is for probes to read.</summary>
internal static class GpuPresence
{
    /// <summary>What the drivers call the first one; null where there is none that can be seen.</summary>
    /// <param name="root">The folder that stands for <c>/</c>.</param>
    public static string? Find(string root)
    {
        try
        {
            return Nvidia(Path.Combine(root, "proc/driver/nvidia/gpus")) ?? Amd(Path.Combine(root, "sys/class/kfd/kfd/topology/nodes"));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A folder for each, with a file of lines like <c>Model: 		 NVIDIA GeForce RTX 4090</c>.</summary>
    private static string? Nvidia(string folder) => !Directory.Exists(folder) ? null : Directory.EnumerateDirectories(folder)
        .Order(StringComparer.Ordinal)
        .Select(gpu => File.ReadLines(Path.Combine(gpu, "information")).FirstOrDefault(l => l.StartsWith("Model:", StringComparison.Ordinal))?["Model:".Length..].Trim() ?? "NVIDIA GPU")
        .FirstOrDefault();

    /// <summary>A folder for each processor and each GPU; only the latter have an id other than 0.</summary>
    private static string? Amd(string folder) => !Directory.Exists(folder) ? null : Directory.EnumerateDirectories(folder)
        .Select(node => Path.Combine(node, "gpu_id"))
        .Any(id => File.Exists(id) && File.ReadAllText(id).Trim() is not ("0" or "")) ? "AMD GPU" : null;
}
