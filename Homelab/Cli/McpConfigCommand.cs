using System.CommandLine;
using System.Net;
using Homelab.Configuration;

namespace Homelab.Cli;

/// <summary><c>homelab mcp config AGENT</c>: prints what belongs into the agent's configuration. It writes nothing.</summary>
internal static class McpConfigCommand
{
    private const string ClaudeDesktop = "claude-desktop";

    public static Command Create(CommandAction action, McpOptions options)
    {
        var agent = new Argument<string>("agent") { Description = "Which agent: " + string.Join(", ", McpSnippet.Agents), HelpName = string.Join('|', McpSnippet.Agents) };
        agent.AcceptOnlyFromAmong(McpSnippet.Agents);
        return action.On(new Command("config", "Print what belongs into an agent's configuration: its address, or with --stdio the command that it starts") { agent }, context =>
        {
            var loaded = options.Load(context);
            if (loaded.Config is not { } settings)
            {
                return RoleOptions.Refuse(context, loaded);
            }

            var name = context.Arguments.GetRequiredValue(agent);
            // Claude Desktop calls addresses only through its vendor's servers, which do not reach this machine.
            var starts = name == ClaudeDesktop || context.Arguments.GetValue(options.Stdio);
            var snippet = new McpSnippet(AddressOf(settings.Mcp), settings.Mcp.ApiKeys.Count > 0, starts ? [Environment.ProcessPath ?? "homelab", .. options.Repeat(context)] : []);
            context.World.Out.WriteLine(snippet.For(name));
            context.Terminal.Note($"# into {McpSnippet.FileOf(name)}{(starts ? "" : "; homelab mcp must be running")}");
            return ExitCodes.Done;
        });
    }

    /// <summary>As an agent on this machine calls it.</summary>
    private static Uri AddressOf(McpConfig config)
    {
        var listen = ListenAddress.Parse(config.Listen[0]);
        var host = listen.Address is null || listen.IsLoopback || listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any) ? "localhost" : listen.Address.ToString();
        return new UriBuilder(Uri.UriSchemeHttp, host, listen.Port, "/mcp").Uri;
    }
}
