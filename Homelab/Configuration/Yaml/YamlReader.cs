using System.Diagnostics.CodeAnalysis;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Homelab.Configuration.Yaml;

/// <summary>Reads one YAML document into nodes with places. Refuses what a configuration does not need and an attacker does: anchors,
/// aliases, tags, a second document, repeated keys, deep nesting. Work grows with the length of the text and no faster.</summary>
internal sealed class YamlReader
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaximumDepth = 64;

    private readonly string _source;
    private readonly Parser _parser;

    private YamlReader(string text, string source)
    {
        _source = source;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads the text; an empty document is an empty mapping.
    /// False where <paramref name="problem"/> says what is wrong.</summary>
    public static bool TryRead(string text, string source, [NotNullWhen(true)] out YamlNode? node, [NotNullWhen(false)] out ConfigurationProblem? problem)
    {
        var reader = new YamlReader(text, source);
        node = null;
        problem = null;
        try
        {
            node = reader.ReadDocument();
            return true;
        }
        catch (UnwantedYamlException e)
        {
            problem = new ConfigurationProblem(e.Position, "", e.Message);
        }
        catch (YamlException e)
        {
            problem = new ConfigurationProblem(reader.At(e.Start), "", "is not valid YAML: " + Reword(e));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IndexOutOfRangeException or OverflowException)
        {
            // The scanner's own slips on hostile text; the place of the last good event is the best there is.
            problem = new ConfigurationProblem(reader.At(reader._parser.Current?.Start ?? Mark.Empty), "", "is not valid YAML");
        }

        return false;
    }

    private static string Reword(YamlException exception)
    {
        var message = exception.InnerException is YamlException inner ? inner.Message : exception.Message;
        var text = message.TrimEnd('.').ReplaceLineEndings(" ");
        return text.Length == 0 ? "cannot be read" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private SourcePosition At(Mark mark) => new(_source, (int)Math.Clamp(mark.Line, 1, int.MaxValue), (int)Math.Clamp(mark.Column, 1, int.MaxValue));

    private YamlNode ReadDocument()
    {
        _parser.MoveNext(); // the stream starts
        _parser.MoveNext();
        if (_parser.Current is not DocumentStart)
        {
            return new YamlNode.Mapping(new SourcePosition(_source, 1, 1), []);
        }

        _parser.MoveNext();
        var root = Read(1);
        _parser.MoveNext();
        if (_parser.Current is DocumentStart second)
        {
            throw new UnwantedYamlException(At(second.Start), "holds a second document; one file is one configuration, so remove the '---'");
        }

        return root;
    }

    /// <summary>Reads the node that the parser stands at, and leaves the parser behind it.</summary>
    private YamlNode Read(int depth)
    {
        var start = _parser.Current ?? throw new UnwantedYamlException(new SourcePosition(_source, 1, 1), "ends too early");
        var position = At(start.Start);
        if (depth > MaximumDepth)
        {
            throw new UnwantedYamlException(position, $"is nested deeper than {MaximumDepth} levels");
        }

        switch (start)
        {
            case AnchorAlias:
                throw new UnwantedYamlException(position, "uses an alias (*name); write the value out");
            case NodeEvent { Anchor.IsEmpty: false }:
                throw new UnwantedYamlException(position, "uses an anchor (&name); write the value out");
            case NodeEvent { Tag: { IsEmpty: false } tag } when !(tag.IsNonSpecific && start is Scalar):
                throw new UnwantedYamlException(position, "uses a tag (!name); write the plain value");
            case Scalar scalar:
                _parser.MoveNext();
                return new YamlNode.Scalar(position, scalar.Value, scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart:
                return ReadSequence(position, depth);
            case MappingStart:
                return ReadMapping(position, depth);
            default:
                throw new UnwantedYamlException(position, "is not valid YAML");
        }
    }

    private YamlNode.Sequence ReadSequence(SourcePosition position, int depth)
    {
        var items = new List<YamlNode>();
        _parser.MoveNext();
        while (_parser.Current is not SequenceEnd)
        {
            items.Add(Read(depth + 1));
        }

        _parser.MoveNext();
        return new YamlNode.Sequence(position, items);
    }

    private YamlNode.Mapping ReadMapping(SourcePosition position, int depth)
    {
        var entries = new List<YamlNode.Entry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        _parser.MoveNext();
        while (_parser.Current is not MappingEnd)
        {
            var start = _parser.Current!.Start;
            if (Read(depth + 1) is not YamlNode.Scalar key)
            {
                throw new UnwantedYamlException(At(start), "has a list or a mapping where a key should be");
            }

            if (!lines.TryAdd(key.Text, key.Position.Line))
            {
                throw new UnwantedYamlException(key.Position, $"has the key '{Wording.Shorten(key.Text)}' twice; the first is on line {lines[key.Text]}");
            }

            // What is not there has no place of its own; the parser would name what comes after it.
            var value = Read(depth + 1);
            entries.Add(new YamlNode.Entry(key.Position, key.Text, value is YamlNode.Scalar { Plain: true, Text: "" } ? value with { Position = key.Position } : value));
        }

        _parser.MoveNext();
        return new YamlNode.Mapping(position, entries);
    }
}
