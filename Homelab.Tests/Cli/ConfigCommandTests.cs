using System.CommandLine;
using System.Text.Json;
using Homelab.Cli;
using Homelab.Configuration.Output;

namespace Homelab.Tests.Cli;

/// <summary><c>homelab config</c>, <c>version</c> and <c>completion</c> as a user calls them.</summary>
public sealed class ConfigCommandTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("homelab-config-command").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public ConfigCommandTests() => _environment["HOMELAB_HOME"] = _home;

    private string File => Path.Combine(_home, "homelab.yaml");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void Check_without_a_file_says_that_the_defaults_hold() =>
        Assert.Equal((0, $"{File}: there is none, so the defaults hold\n", ""), Run("config", "check"));

    [Fact]
    public void Check_of_a_right_file_is_ok()
    {
        System.IO.File.WriteAllText(File, "daemon: { drain: 5s }");

        Assert.Equal((0, $"{File}: ok\n", ""), Run("config", "check"));
    }

    [Fact]
    public void Check_of_a_wrong_file_lists_the_problems_and_ends_with_78()
    {
        System.IO.File.WriteAllText(File, "daemon: { drain: soon }\nnod: {}\n");

        Assert.Equal(
            (78, "", $"{File}:1:18: daemon.drain: 'soon' is not a duration; write for example 90s, 15m or 1h30m\n{File}:2:1: nod: is not a known key; did you mean 'node'?\n"),
            Run("config", "check"));
    }

    [Fact]
    public void Check_as_json_names_each_part_of_each_problem()
    {
        System.IO.File.WriteAllText(File, "nod: {}\n");
        var (code, output, _) = Run("config", "check", "--output", "json");
        using var json = JsonDocument.Parse(output);

        Assert.Equal(78, code);
        Assert.False(json.RootElement.GetProperty("valid").GetBoolean());
        var problem = Assert.Single(json.RootElement.GetProperty("problems").EnumerateArray());
        Assert.Equal((1, 1, "nod"), (problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32(), problem.GetProperty("key").GetString()));
    }

    [Fact]
    public void Check_warns_of_what_has_no_effect_and_is_still_ok()
    {
        System.IO.File.WriteAllText(File, "daemon: { engines: { llama_cpp: { models: ~/gguf } } }\n");

        Assert.Equal((0, $"{File}: ok\n", $"{File}:1:22: daemon.engines.llama_cpp: has no effect: this version does not run llama.cpp (warning)\n"), Run("config", "check"));
        using var json = JsonDocument.Parse(Run("config", "check", "-o", "json").Output);
        Assert.True(json.RootElement.GetProperty("valid").GetBoolean());
        Assert.Empty(json.RootElement.GetProperty("problems").EnumerateArray());
        Assert.Equal("daemon.engines.llama_cpp", Assert.Single(json.RootElement.GetProperty("warnings").EnumerateArray()).GetProperty("key").GetString());
    }

    [Theory]
    [InlineData("--config", true)]
    [InlineData("-c", true)]
    [InlineData("--config", false)]
    public void Another_file_can_be_named_before_and_after_the_subcommand(string option, bool before)
    {
        var path = Path.Combine(_home, "other.yaml");
        string[] arguments = before ? ["config", option, path, "check"] : ["config", "check", option, path];

        Assert.Equal((78, "", $"{path}: does not exist\n"), Run(arguments));
        System.IO.File.WriteAllText(path, "");
        Assert.Equal((0, $"{path}: ok\n", ""), Run(arguments));
    }

    [Fact]
    public void Show_says_what_is_in_force_and_where_from()
    {
        System.IO.File.WriteAllText(File, """
            node: { name: tower }
            daemon:
              listen: [ 127.0.0.1:1, "[::1]:1" ]
              api_keys: [ sk-secret-1, "${env:KEY}", "x${env:KEY}" ]
              memory: { devices: [ { name: gpu0, kind: cuda, total: 24GiB } ] }
            models:
              - { name: qwen3:8b, pin: true }
              - { alias: coder, of: [ a, b ] }
            hub: { storage: { postgres: { connection: Host=db;Password=sk-secret-2 } } }
            """);
        _environment["KEY"] = "sk-secret-3";
        _environment["HOMELAB_DAEMON__DRAIN"] = "2s";
        var (code, output, error) = Run("config", "show", "--origin");

        Assert.Equal((0, ""), (code, error));
        Assert.DoesNotContain("sk-secret", output, StringComparison.Ordinal);
        foreach (var line in (string[])[
            $"  name: tower  # {File}:1",
            $"  listen: [ 127.0.0.1:1, \"[::1]:1\" ]  # {File}:3",
            $"  api_keys: [ \"(hidden)\", \"${{env:KEY}}\", \"(hidden)\" ]  # {File}:4",
            "  drain: 2s  # HOMELAB_DAEMON__DRAIN",
            "  load_timeout: 10m  # default",
            "      - name: gpu0",
            $"  - name: qwen3:8b  # {File}:7",
            $"      connection: \"(hidden)\"  # {File}:9",
            "    simulated:"])
        {
            Assert.Contains(line, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Show_as_json_has_the_form_of_the_keys_and_no_secret()
    {
        System.IO.File.WriteAllText(File, "daemon: { listen: 127.0.0.1:1, pull_on_demand: true, queue: { max_waiting: 7 }, api_keys: [ sk-secret ], join_token: \"${file:~/x}\" }\nmodels: [ { name: 7b } ]");
        System.IO.File.WriteAllText(Path.Combine(_home, "x"), "sk-secret-too");
        _environment["HOME"] = _home;
        var (code, output, error) = Run("config", "show", "--output", "json");
        using var json = JsonDocument.Parse(output);
        var daemon = json.RootElement.GetProperty("daemon");

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(("127.0.0.1:1", 7, true), (daemon.GetProperty("listen")[0].GetString(), daemon.GetProperty("queue").GetProperty("max_waiting").GetInt32(), daemon.GetProperty("pull_on_demand").GetBoolean()));
        Assert.Equal((EffectiveConfiguration.Hidden, "${file:~/x}"), (daemon.GetProperty("api_keys")[0].GetString(), daemon.GetProperty("join_token").GetString()));
        Assert.Equal(("7b", "sqlite", JsonValueKind.Null), (json.RootElement.GetProperty("models")[0].GetProperty("name").GetString(), json.RootElement.GetProperty("hub").GetProperty("storage").GetString(), json.RootElement.GetProperty("mcp").GetProperty("key").ValueKind));
        Assert.DoesNotContain("sk-secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Show_as_json_with_origins_names_the_place_of_each_key()
    {
        System.IO.File.WriteAllText(File, "\nnode: { name: tower }");
        using var json = JsonDocument.Parse(Run("config", "show", "--origin", "-o", "json").Output);
        var origins = json.RootElement.GetProperty("origins");

        Assert.Equal(($"{File}:2", "default"), (origins.GetProperty("node.name").GetString(), origins.GetProperty("daemon.engines.ollama.url").GetString()));
        Assert.Equal("tower", json.RootElement.GetProperty("config").GetProperty("node").GetProperty("name").GetString());
    }

    [Fact]
    public void Show_of_a_wrong_file_ends_with_78()
    {
        System.IO.File.WriteAllText(File, "nod: {}\n");

        Assert.Equal((78, "", $"{File}:1:1: nod: is not a known key; did you mean 'node'?\n"), Run("config", "show"));
    }

    [Fact]
    public void Schema_is_json_with_every_section()
    {
        using var json = JsonDocument.Parse(Run("config", "schema").Output);

        Assert.Equal("https://json-schema.org/draft/2020-12/schema", json.RootElement.GetProperty("$schema").GetString());
        Assert.Equal(["node", "daemon", "models", "hub", "infra", "mcp"], json.RootElement.GetProperty("properties").EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void Example_is_the_example() => Assert.Equal((0, ExampleFile.Write(), ""), Run("config", "example"));

    [Theory]
    [InlineData("config", "show", "--output", "xml")]
    [InlineData("config", "shew")]
    [InlineData("completion", "tcsh")]
    [InlineData("completion")]
    public void A_wrong_call_is_a_usage_error(params string[] arguments) => Assert.NotEmpty(Root().Parse(arguments).Errors);

    [Fact]
    public void Version_is_one_line_or_json()
    {
        Assert.Matches(@"\Ahomelab \d+\.\d+\.\d+\S* \(\S+\)\n\z", Run("version").Output);
        using var json = JsonDocument.Parse(Run("version", "--output", "json").Output);
        Assert.Matches(@"\A\d+\.\d+\.\d+", json.RootElement.GetProperty("version").GetString());
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _homelab homelab")]
    [InlineData("zsh", "compdef _homelab homelab")]
    [InlineData("fish", "complete -c homelab")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName homelab")]
    [InlineData("powershell", "Register-ArgumentCompleter -Native -CommandName homelab")]
    public void Completion_prints_a_script_that_asks_by_the_suggest_directive(string shell, string line)
    {
        var (code, output, _) = Run("completion", shell);

        Assert.Equal(0, code);
        Assert.Contains(line, output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" con", "config")]
    [InlineData(" config ", "check|example|schema|show")]
    [InlineData(" config sh", "show")]
    [InlineData(" completion ", "bash|fish|pwsh|powershell|zsh")]
    [InlineData(" config show --ori", "--origin")]
    [InlineData(" config show --output ", "json|table")]
    [InlineData(" --out", "--output")]
    public void The_directive_that_the_scripts_use_suggests_what_comes_next(string line, string expected)
    {
        var (code, output, _) = Run($"[suggest:{line.Length}]", line);

        Assert.Equal(0, code);
        var suggested = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(expected.Split('|'), e => Assert.Contains(e, suggested));
    }

    /// <summary>A root with the shared option for output.</summary>
    private RootCommand Root()
    {
        var output = new Option<string>("--output", "-o") { Recursive = true, DefaultValueFactory = _ => "table" }.AcceptOnlyFromAmong("table", "json");
        bool IsJson(ParseResult arguments) => arguments.GetValue(output) == "json";
        return new RootCommand("test") { ConfigCommand.Create(() => _environment, IsJson), VersionCommand.Create(IsJson), CompletionCommand.Create(), output };
    }

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = Root().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return (code, output.ToString(), error.ToString());
    }
}
