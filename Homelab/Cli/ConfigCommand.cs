using System.CommandLine;
using System.Text.Json;
using Homelab.Configuration;
using Homelab.Configuration.Output;

namespace Homelab.Cli;

/// <summary><c>homelab config check|show|schema|example</c>: reads the configuration and starts nothing.</summary>
internal static class ConfigCommand
{
    /// <summary>The command.</summary>
    /// <param name="environment">The variables that may override keys and be referred to.</param>
    /// <param name="isJson">Whether the invocation asked for JSON.</param>
    public static Command Create(Func<IReadOnlyDictionary<string, string>> environment, Func<ParseResult, bool> isJson)
    {
        var file = new Option<string?>("--config", "-c")
        {
            Description = "Configuration file [default: ~/.homelab/homelab.yaml]",
            HelpName = "path",
            Recursive = true,
        };
        return new Command("config", "Check and show the configuration")
        {
            CreateCheck(file, environment, isJson),
            CreateShow(file, environment, isJson),
            CreateSchema(),
            CreateExample(),
            file,
        };
    }

    private static Command CreateCheck(Option<string?> file, Func<IReadOnlyDictionary<string, string>> environment, Func<ParseResult, bool> isJson)
    {
        var command = new Command("check", "Check the configuration: exit code 0 where it is right, 78 where it is not");
        command.SetAction(arguments =>
        {
            var loaded = ConfigurationLoader.Load(arguments.GetValue(file), environment());
            var streams = arguments.InvocationConfiguration;
            if (isJson(arguments))
            {
                streams.Output.WriteLine(IndentedJson.Write(json => WriteCheck(json, loaded)));
                return loaded.Config is null ? ExitCodes.Configuration : ExitCodes.Done;
            }

            PrintProblems(loaded, streams.Error);
            if (loaded.Config is not null)
            {
                streams.Output.WriteLine(loaded.FileExists ? $"{loaded.File}: ok" : $"{loaded.File}: there is none, so the defaults hold");
            }

            return loaded.Config is null ? ExitCodes.Configuration : ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateShow(Option<string?> file, Func<IReadOnlyDictionary<string, string>> environment, Func<ParseResult, bool> isJson)
    {
        var origin = new Option<bool>("--origin") { Description = "Also say where each value came from" };
        var command = new Command("show", "Show what is in force: flags over environment over file over defaults; secrets are hidden. As YAML, the form it is written in, or as JSON") { origin };
        command.SetAction(arguments =>
        {
            var loaded = ConfigurationLoader.Load(arguments.GetValue(file), environment());
            var streams = arguments.InvocationConfiguration;
            if (loaded.Config is null)
            {
                PrintProblems(loaded, streams.Error);
                return ExitCodes.Configuration;
            }

            var effective = EffectiveConfiguration.Of(loaded.Document);
            streams.Output.Write(isJson(arguments)
                ? IndentedJson.Write(json => WriteEffective(json, effective, arguments.GetValue(origin))) + "\n"
                : YamlText.Write(effective, arguments.GetValue(origin)));
            return 0;
        });
        return command;
    }

    private static Command CreateSchema()
    {
        var command = new Command("schema", "Print the JSON Schema of the configuration, for editors");
        command.SetAction(arguments => arguments.InvocationConfiguration.Output.WriteLine(IndentedJson.Write(ConfigurationSchema.Write)));
        return command;
    }

    private static Command CreateExample()
    {
        var command = new Command("example", "Print a configuration with every key explained and commented out");
        command.SetAction(arguments => arguments.InvocationConfiguration.Output.Write(ExampleFile.Write()));
        return command;
    }

    private static void PrintProblems(LoadedConfiguration loaded, TextWriter error)
    {
        foreach (var problem in loaded.Problems)
        {
            error.WriteLine(problem);
        }

        foreach (var warning in loaded.Warnings)
        {
            error.WriteLine($"{warning} (warning)");
        }
    }

    private static void WriteCheck(Utf8JsonWriter json, LoadedConfiguration loaded)
    {
        json.WriteStartObject();
        json.WriteString("file", loaded.File);
        json.WriteBoolean("valid", loaded.Config is not null);
        WriteProblems(json, "problems", loaded.Problems);
        WriteProblems(json, "warnings", loaded.Warnings);
        json.WriteEndObject();
    }

    private static void WriteProblems(Utf8JsonWriter json, string name, IReadOnlyList<ConfigurationProblem> problems)
    {
        json.WriteStartArray(name);
        foreach (var problem in problems)
        {
            json.WriteStartObject();
            json.WriteString("file", problem.File);
            json.WriteNumber("line", problem.Line);
            json.WriteNumber("column", problem.Column);
            json.WriteString("key", problem.Key);
            json.WriteString("message", problem.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteEffective(Utf8JsonWriter json, Configuration.Yaml.YamlNode.Mapping effective, bool origins)
    {
        if (!origins)
        {
            ConfigurationJson.Write(json, effective);
            return;
        }

        json.WriteStartObject();
        json.WritePropertyName("config");
        ConfigurationJson.Write(json, effective);
        json.WritePropertyName("origins");
        ConfigurationJson.WriteOrigins(json, effective);
        json.WriteEndObject();
    }
}
