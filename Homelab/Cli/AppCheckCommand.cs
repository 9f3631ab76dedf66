using System.CommandLine;
using System.Text.Json.Serialization;
using Homelab.Apps.Catalog;
using Homelab.Cli.Output;
using Homelab.Configuration;

namespace Homelab.Cli;

/// <summary><c>homelab apps check MANIFEST</c>: says what is wrong with a manifest, and what its app still lacks, without a daemon and without starting anything.</summary>
internal static partial class AppCheckCommand
{
    public static Command Create(CommandAction action)
    {
        var path = new Argument<string>("manifest") { Description = "Path of the manifest, or the name of one in the apps folder" };
        return action.On(new Command("check", "Check a manifest without starting anything") { path }, context =>
        {
            var folder = HomelabFolder.Of(context.World.Variables);
            var report = AppCheck.Examine(Locate(context.Arguments.GetRequiredValue(path), folder), folder, context.World.Variables);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(new Checked(report.Name, report.IsFine, report.Problems, report.Facts), CheckedJson.Default.Checked);
            }
            else
            {
                context.Terminal.Write(Show(report));
            }

            return report.IsFine ? ExitCodes.Done : ExitCodes.Configuration;
        });
    }

    /// <summary>A bare name that is no file here means the manifest of that app.</summary>
    private static string Locate(string asked, HomelabFolder folder) =>
        !File.Exists(asked) && !asked.Contains(Path.DirectorySeparatorChar) && !asked.EndsWith(".yaml", StringComparison.Ordinal) && !asked.EndsWith(".yml", StringComparison.Ordinal)
            ? Path.Combine(folder.Apps, asked + ".yaml")
            : asked;

    private static Report Show(AppCheckReport report)
    {
        var shown = new Report();
        foreach (var problem in report.Problems)
        {
            shown.Line(Cell.Of(problem, Tone.Bad));
        }

        foreach (var fact in report.Facts)
        {
            shown.Line(fact);
        }

        return shown.Line(report.IsFine ? Cell.Of($"{report.Name}: ok", Tone.Good) : Cell.Of($"{report.Name}: {Units.Count(report.Problems.Length, "problem")}", Tone.Bad));
    }

    /// <summary>The same for programs.</summary>
    internal sealed record Checked(string Name, bool Ok, IReadOnlyList<string> Problems, IReadOnlyList<string> Facts);

    /// <summary>Its form.</summary>
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Checked))]
    internal sealed partial class CheckedJson : JsonSerializerContext;
}
