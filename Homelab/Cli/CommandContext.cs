using System.CommandLine;
using Homelab.Cli.Output;
using Homelab.Clients;
using Homelab.Configuration;

namespace Homelab.Cli;

/// <summary>One invocation of one command: what it was given, where it writes, whom it talks to.</summary>
internal sealed class CommandContext : IDisposable
{
    private const int LongestKey = 4096;
    private readonly GlobalOptions _options;
    private ControlClient? _client;

    public CommandContext(CliEnvironment world, GlobalOptions options, ParseResult arguments)
    {
        World = world;
        _options = options;
        Arguments = arguments;
        Terminal = new Terminal(world, options.IsJson(arguments), arguments.GetValue(options.NoColor));
    }

    public CliEnvironment World { get; }

    public ParseResult Arguments { get; }

    public Terminal Terminal { get; }

    public TimeProvider Time => World.Time;

    public DateTimeOffset Now => World.Time.GetUtcNow();

    /// <summary>Whether an address was given, by option or environment.</summary>
    public bool HasAddress => GivenUrl is not null;

    /// <summary>The client of the daemon or hub that the options name. Disposed with the context.</summary>
    /// <exception cref="CommandException">The address or the key cannot be used.</exception>
    public ControlClient Client => _client ??= new ControlClient(ReadAddress(), ReadKey(), Time);

    /// <summary>The key that was given, by option or environment; null for none.</summary>
    /// <exception cref="CommandException">It cannot be used.</exception>
    public string? GivenKey => ReadKey();

    /// <summary>The address that was given, by option or environment; null for none.</summary>
    /// <exception cref="CommandException">It cannot be used.</exception>
    public Uri? GivenAddress => HasAddress ? ReadAddress() : null;

    /// <summary>The file that the key was given in; null for none.</summary>
    public string? GivenKeyFile => Arguments.GetValue(_options.KeyFile) is { Length: > 0 } path ? path : null;

    private string? GivenUrl => Given(_options.Url, "HOMELAB_URL");

    public void Dispose() => _client?.Dispose();

    private Uri ReadAddress() => ControlAddress.TryParse(GivenUrl ?? World.DefaultAddress, out var address)
        ? address
        : throw new CommandException("--url must be like http://127.0.0.1:42420 or host:port", ExitCodes.Usage);

    private string? ReadKey()
    {
        var key = Arguments.GetValue(_options.Key) is { Length: > 0 } given ? given
            : Arguments.GetValue(_options.KeyFile) is { Length: > 0 } path ? ReadSecretFile("--key-file", path)
            : World.Variable("HOMELAB_KEY");
        key = key?.Trim();
        if (key is { Length: > 0 } && (key.Length > LongestKey || key.Any(c => c is <= ' ' or > '~')))
        {
            throw new CommandException("the key has characters that no key has (blanks, line breaks or letters beyond ASCII)", ExitCodes.Usage);
        }

        return key is { Length: > 0 } ? key : null;
    }

    /// <summary>The first line of a file that holds a secret.</summary>
    /// <param name="option">That named the file, for messages.</param>
    /// <param name="path">The file; <c>~</c> allowed.</param>
    public string ReadSecretFile(string option, string path)
    {
        try
        {
            using var reader = new StreamReader(UserPath.Expand(path, World.Variables));
            var buffer = new char[LongestKey + 1];
            var text = buffer.AsSpan(0, reader.ReadBlock(buffer));
            var end = text.IndexOfAny('\r', '\n');
            return (end < 0 ? text : text[..end]).ToString();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CommandException($"{option}: cannot read {path}", ExitCodes.Usage);
        }
    }

    private string? Given(Option<string?> option, string variable) =>
        Arguments.GetValue(option) is { Length: > 0 } given ? given
        : World.Variable(variable) is { Length: > 0 } value ? value
        : null;
}
