using Homelab.Domain.Models;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Homelab.Configuration.Yaml;

/// <summary>Fills the configuration classes from checked nodes.</summary>
internal static class ConfigurationYaml
{
    /// <summary>Anything but checked nodes may throw.</summary>
    public static HomelabConfig Bind(YamlNode.Mapping document) =>
        new StaticDeserializerBuilder(new ConfigurationYamlContext())
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .WithEnumNamingConvention(UnderscoredNamingConvention.Instance)
            .WithTypeConverter(new TextConverter<Duration>(t => Duration.TryParse(t, out var value) ? value : throw new FormatException("not a duration")))
            .WithTypeConverter(new TextConverter<ByteSize>(t => ByteSize.TryParse(t, out var value) ? value : throw new FormatException("not a size")))
            .WithTypeConverter(new StringListConverter())
            .Build()
            .Deserialize<HomelabConfig>(new NodeEvents(document)) ?? new HomelabConfig();

    /// <summary>Reads a value that is written as text (a size, a duration) with the type's own parser.</summary>
    private sealed class TextConverter<T>(Func<string, T> parse) : IYamlTypeConverter
        where T : struct
    {
        public bool Accepts(Type type) => type == typeof(T) || type == typeof(T?);

        public object? ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer) => parse(parser.Consume<Scalar>().Value);

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) => throw new NotSupportedException();
    }

    /// <summary>Reads a list of texts.</summary>
    private sealed class StringListConverter : IYamlTypeConverter
    {
        public bool Accepts(Type type) => type == typeof(StringList);

        public object? ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer)
        {
            var list = new StringList();
            parser.Consume<SequenceStart>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                list.Add(parser.Consume<Scalar>().Value);
            }

            return list;
        }

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) => throw new NotSupportedException();
    }
}
