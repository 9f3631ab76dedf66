using System.Reflection;

namespace Homelab.Telemetry;

/// <summary>Which build this is.</summary>
internal static class BuildInformation
{
    /// <summary>The version, with the commit where the build knew it: <c>0.1.0+abc1234</c>.</summary>
    public static string Version { get; } =
        typeof(BuildInformation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
