using Homelab.Cli.Doctor;
using Homelab.Cli.Output;

namespace Homelab.Cli.Views;

/// <summary>What <c>doctor</c> shows: a line per finding, and under what is not as it should be, what to do.</summary>
internal static class DoctorView
{
    private const int NameWidth = 16;

    public static Report Build(IReadOnlyList<Finding> findings)
    {
        var report = new Report();
        foreach (var finding in findings)
        {
            report.Line(StateTone.Show(Word(finding.Outcome)).Then(finding.Outcome == FindingOutcome.Ok ? "    " : "  ").Then(finding.Check.PadRight(NameWidth) + " ", Tone.Strong).Then(finding.Text));
            if (finding.Fix is { } fix)
            {
                report.Line(Cell.Of(new string(' ', 6 + NameWidth + 1)).Then("-> ", Tone.Muted).Then(fix, Tone.Strong));
            }
        }

        var failed = findings.Count(f => f.Outcome == FindingOutcome.Fail);
        var warned = findings.Count(f => f.Outcome == FindingOutcome.Warn);
        return report.Gap().Line(failed + warned == 0
            ? Cell.Of("All is well.", Tone.Good)
            : $"{Units.Count(failed, "problem")}, {Units.Count(warned, "warning")}");
    }

    public static string Word(FindingOutcome outcome) => outcome switch
    {
        FindingOutcome.Ok => "ok",
        FindingOutcome.Warn => "warn",
        _ => "fail",
    };
}
