using System.CommandLine;

namespace Homelab.Cli;

/// <summary>The command tree.</summary>
internal static class RootCommandFactory
{
    public static RootCommand Create() => new("A local AI platform that scales into a cluster.");
}
