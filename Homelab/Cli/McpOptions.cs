using System.CommandLine;
using Homelab.Configuration;

namespace Homelab.Cli;

/// <summary>What <c>homelab mcp</c> and what it prints for agents take alike.</summary>
internal sealed class McpOptions
{
    private readonly Option<string?> _config = RoleOptions.Config();
    private readonly Option<string[]> _listen = RoleOptions.Listen("127.0.0.1:8092");
    private readonly Option<bool> _readOnly = new("--read-only") { Description = "Leave out the tools that change anything", Recursive = true };

    public McpOptions()
    {
        _config.Recursive = true;
        _listen.Recursive = true;
    }

    public Option<bool> Stdio { get; } = new("--stdio") { Description = "Serve one agent over standard input and output instead of a port; the agent starts the process itself", Recursive = true };

    public void AddTo(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_listen);
        command.Options.Add(Stdio);
        command.Options.Add(_readOnly);
    }

    /// <summary>The configuration with the flags above it.</summary>
    public LoadedConfiguration Load(CommandContext context)
    {
        var overrides = new List<ConfigurationOverride>();
        if (context.Arguments.GetValue(_listen) is { Length: > 0 } listen)
        {
            overrides.Add(new ConfigurationOverride("mcp.listen", string.Join(',', listen), "--listen"));
        }

        if (context.Arguments.GetValue(_readOnly))
        {
            overrides.Add(new ConfigurationOverride("mcp.read_only", "true", "--read-only"));
        }

        return ConfigurationLoader.Load(context.Arguments.GetValue(_config), context.World.Variables, overrides);
    }

    /// <summary>The arguments that start the same server over standard input and output. No key is among them: others see a process's arguments.</summary>
    public IEnumerable<string> Repeat(CommandContext context)
    {
        yield return "mcp";
        yield return "--stdio";
        if (context.Arguments.GetValue(_readOnly))
        {
            yield return "--read-only";
        }

        if (context.Arguments.GetValue(_config) is { Length: > 0 } config)
        {
            yield return "--config";
            yield return Whole(config);
        }

        if (context.GivenKeyFile is { } keyFile)
        {
            yield return "--key-file";
            yield return Whole(keyFile);
        }

        if (context.GivenAddress is { } address)
        {
            yield return "--url";
            yield return address.GetLeftPart(UriPartial.Authority);
        }

        // The agent starts it in a folder of its own.
        string Whole(string path) => Path.GetFullPath(UserPath.Expand(path, context.World.Variables));
    }
}
