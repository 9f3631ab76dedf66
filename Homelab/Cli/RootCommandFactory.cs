using System.CommandLine;
using System.CommandLine.Help;

namespace Homelab.Cli;

/// <summary>The command tree.</summary>
internal static class RootCommandFactory
{
    public static RootCommand Create(CliEnvironment world)
    {
        var options = new GlobalOptions();
        var action = new CommandAction(world, options);
        var root = new RootCommand("A local AI platform that scales into a cluster: any OpenAI client, served by this machine's own models.")
        {
            DaemonCommand.Create(action),
            HubCommand.Create(action),
            McpCommand.Create(action),
            StatusCommand.Create(action),
            ModelsCommand.Create(action),
            AppsCommand.Create(action),
            NodesCommand.Create(action),
            EventsCommand.Create(action),
            ExplainCommand.Create(action),
            KeysCommand.Create(action),
            JoinTokenCommand.Create(action),
            UsageCommand.Create(action),
            DevicesCommand.Create(action),
            DoctorCommand.Create(action),
            ConfigCommand.Create(() => world.Variables, options.IsJson),
            VersionCommand.Create(options.IsJson),
            CompletionCommand.Create(),
        };
        options.AddTo(root);
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            // The spellings of other systems, which would stand in every help and every completion.
            help.Aliases.Remove("/?");
            help.Aliases.Remove("/h");
            help.Aliases.Remove("-?");
        }

        return root;
    }
}
