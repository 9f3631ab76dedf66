using System.CommandLine;
using Homelab.Cli.Doctor;
using Homelab.Cli.Views;

namespace Homelab.Cli;

/// <summary><c>homelab doctor</c></summary>
internal static class DoctorCommand
{
    public static Command Create(CommandAction action)
    {
        var config = new Option<string?>("--config", "-c") { Description = "Configuration file [default: ~/.homelab/homelab.yaml]", HelpName = "path" };
        return action.On(new Command("doctor", "Look for what is wrong with this machine's set-up and say how to mend it") { config }, async (context, cancellation) =>
        {
            var facts = await new DoctorFactsReader(context, context.Arguments.GetValue(config)).ReadAsync(cancellation).ConfigureAwait(false);
            Finding[] findings = [.. DoctorChecks.All.SelectMany(c => c.Check(facts))];
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson([.. findings.Select(f => new FindingWire(f.Check, DoctorView.Word(f.Outcome), f.Text, f.Fix))], DoctorJson.Default.IReadOnlyListFindingWire);
            }
            else
            {
                context.Terminal.Write(DoctorView.Build(findings));
            }

            return findings.Any(f => f.Outcome == FindingOutcome.Fail) ? ExitCodes.Failed : ExitCodes.Done;
        });
    }
}
