namespace Homelab.Tests.EndToEnd;

/// <summary>Looks programs up on PATH.</summary>
internal static class ProgramSearch
{
    private static readonly string[] Endings = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];

    /// <returns>The full path; null where it is not installed.</returns>
    public static string? Find(string program) =>
        (from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
         from ending in Endings
         let path = Path.Combine(folder, program + ending)
         where File.Exists(path)
         select path).FirstOrDefault();
}
