using System.CommandLine;
using System.Runtime.InteropServices;
using Homelab.Cli.Output;
using Homelab.Configuration.Output;
using Homelab.Telemetry;

namespace Homelab.Cli;

/// <summary><c>homelab version</c></summary>
internal static class VersionCommand
{
    public static Command Create(Func<ParseResult, bool> isJson)
    {
        var command = new Command("version", "Print which build this is");
        command.SetAction(arguments => arguments.InvocationConfiguration.Output.WriteLine(isJson(arguments)
            ? IndentedJson.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("version", BuildInformation.Version);
                json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
                json.WriteString("system", RuntimeInformation.RuntimeIdentifier);
                json.WriteEndObject();
            })
            : $"homelab {Units.Version(BuildInformation.Version)} ({RuntimeInformation.RuntimeIdentifier})"));
        return command;
    }
}
