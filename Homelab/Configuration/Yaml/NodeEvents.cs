using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Homelab.Configuration.Yaml;

/// <summary>Plays checked nodes to the YAML deserializer as if they had just been parsed.</summary>
internal sealed class NodeEvents : IParser
{
    private readonly IEnumerator<ParsingEvent> _events;

    public NodeEvents(YamlNode root) => _events = Play(root).GetEnumerator();

    public ParsingEvent? Current { get; private set; }

    public bool MoveNext()
    {
        var moved = _events.MoveNext();
        Current = moved ? _events.Current : null;
        return moved;
    }

    private static IEnumerable<ParsingEvent> Play(YamlNode root) =>
        [new StreamStart(), new DocumentStart(), .. PlayNode(root), new DocumentEnd(true), new StreamEnd()];

    private static IEnumerable<ParsingEvent> PlayNode(YamlNode node)
    {
        switch (node)
        {
            case YamlNode.Scalar scalar:
                yield return Event(scalar.Text, scalar.IsNull);
                break;
            case YamlNode.Sequence sequence:
                yield return new SequenceStart(AnchorName.Empty, TagName.Empty, true, SequenceStyle.Block);
                foreach (var inner in sequence.Items.SelectMany(PlayNode))
                {
                    yield return inner;
                }

                yield return new SequenceEnd();
                break;
            case YamlNode.Mapping mapping:
                yield return new MappingStart(AnchorName.Empty, TagName.Empty, true, MappingStyle.Block);
                foreach (var entry in mapping.Entries)
                {
                    yield return Event(entry.Key, false);
                    foreach (var inner in PlayNode(entry.Value))
                    {
                        yield return inner;
                    }
                }

                yield return new MappingEnd();
                break;
        }
    }

    private static Scalar Event(string text, bool plain) =>
        new(AnchorName.Empty, TagName.Empty, text, plain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted, plain, !plain);
}
