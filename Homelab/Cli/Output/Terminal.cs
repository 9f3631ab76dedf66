using System.Text.Json.Serialization.Metadata;
using Homelab.Telemetry;
using Spectre.Console;

namespace Homelab.Cli.Output;

/// <summary>Where one command writes: data to standard output, messages to standard error; colours only where a terminal shows them and nobody said no.</summary>
internal sealed class Terminal
{
    private readonly CliEnvironment _world;
    private readonly bool _colors;

    /// <param name="world">The process's surroundings.</param>
    /// <param name="json">Whether data is printed as JSON.</param>
    /// <param name="noColor"><c>--no-color</c>.</param>
    public Terminal(CliEnvironment world, bool json, bool noColor)
    {
        _world = world;
        Json = json;

        // https://no-color.org: any non-empty value.
        _colors = !noColor && string.IsNullOrEmpty(world.Variable("NO_COLOR")) && world.Variable("TERM") != "dumb";
    }

    public bool Json { get; }

    /// <summary>Whether standard output is a terminal that takes colours and a moving cursor.</summary>
    public bool IsRich => _colors && !Json && _world.OutIsTerminal;

    /// <summary>Whether standard error is.</summary>
    public bool ErrorIsRich => _colors && _world.ErrorIsTerminal;

    public void Write(Report report)
    {
        if (IsRich)
        {
            RichOut().Write(RichRenderer.Render(report));
        }
        else
        {
            _world.Out.Write(PlainRenderer.Render(report));
        }
    }

    /// <summary>One line of data.</summary>
    public void WriteLine(Cell line)
    {
        if (IsRich)
        {
            RichOut().Write(RichRenderer.Render(line));
            _world.Out.WriteLine();
        }
        else
        {
            _world.Out.WriteLine(line.Text);
        }

        _world.Out.Flush();
    }

    /// <summary>A value as the command's whole output.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type) => _world.Out.WriteLine(JsonText.Indented(value, type));

    /// <summary>One of many values, on a line of its own, at once.</summary>
    public void WriteJsonLine<T>(T value, JsonTypeInfo<T> type)
    {
        _world.Out.WriteLine(JsonText.Compact(value, type));
        _world.Out.Flush();
    }

    /// <summary>Text that is the data itself (a schema, a script), unchanged.</summary>
    public void WriteRaw(string text) => _world.Out.Write(text);

    /// <summary>A message for people.</summary>
    public void Note(string message) => _world.Error.WriteLine(Printable.OneLine(message, 4000));

    /// <summary>Why the command failed.</summary>
    public void Fail(string message) => Note("homelab: " + message);

    /// <summary>Standard output for live displays; only where <see cref="IsRich"/>.</summary>
    public IAnsiConsole RichOut() => Rich(_world.Out);

    /// <summary>Standard error for live displays; only where <see cref="ErrorIsRich"/>.</summary>
    public IAnsiConsole RichError() => Rich(_world.Error);

    private IAnsiConsole Rich(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(writer),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (_world.Width is { } width)
        {
            console.Profile.Width = width;
        }

        return console;
    }
}
