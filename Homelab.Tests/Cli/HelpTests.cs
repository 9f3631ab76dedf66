using Homelab.Cli;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Cli;

/// <summary>What <c>--help</c> says.</summary>
public sealed class HelpTests
{
    [Fact]
    public async Task Root_help_lists_every_command()
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("--help"));
        VerifiedSnapshot.Match(cli.Out.Replace("testhost", "homelab"));
    }

    [Theory]
    [InlineData("daemon")]
    [InlineData("models")]
    [InlineData("events")]
    [InlineData("mcp")]
    public async Task Help_of_a_command_names_its_options(string command)
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(command, "--help"));
        VerifiedSnapshot.Match(cli.Out.Replace("testhost", "homelab"), command);
    }

    [Fact]
    public void Every_command_and_option_has_a_description()
    {
        var root = RootCommandFactory.Create(new CliEnvironment { Out = TextWriter.Null, Error = TextWriter.Null, Variables = new Dictionary<string, string>() });
        var commands = new Queue<System.CommandLine.Command>([root]);
        while (commands.TryDequeue(out var command))
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            Assert.All(command.Options, o => Assert.False(string.IsNullOrWhiteSpace(o.Description), $"{command.Name} {o.Name}"));
            foreach (var inner in command.Subcommands)
            {
                commands.Enqueue(inner);
            }
        }
    }
}
