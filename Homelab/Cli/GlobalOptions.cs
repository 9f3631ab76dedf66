using System.CommandLine;
using Homelab.Clients;

namespace Homelab.Cli;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    private const string TableOutput = "table";
    private const string JsonOutput = "json";

    public Option<string?> Url { get; } = new("--url")
    {
        Description = $"Address of the daemon or hub (or HOMELAB_URL) [default: {ControlAddress.Default}]",
        HelpName = "address",
        Recursive = true,
    };

    public Option<string?> Key { get; } = new("--key")
    {
        Description = "Key to present (or HOMELAB_KEY)",
        HelpName = "key",
        Recursive = true,
    };

    public Option<string?> KeyFile { get; } = new("--key-file")
    {
        Description = "File whose first line is the key",
        HelpName = "path",
        Recursive = true,
    };

    public Option<string> Output { get; } = new Option<string>("--output", "-o")
    {
        Description = "How to print results",
        HelpName = $"{TableOutput}|{JsonOutput}",
        DefaultValueFactory = static _ => TableOutput,
        Recursive = true,
    }.AcceptOnlyFromAmong(TableOutput, JsonOutput);

    public Option<bool> NoColor { get; } = new("--no-color")
    {
        Description = "Plain text without colours (or NO_COLOR)",
        Recursive = true,
    };

    public void AddTo(Command root)
    {
        root.Options.Add(Url);
        root.Options.Add(Key);
        root.Options.Add(KeyFile);
        root.Options.Add(Output);
        root.Options.Add(NoColor);
    }

    public bool IsJson(ParseResult result) => result.GetValue(Output) == JsonOutput;
}
