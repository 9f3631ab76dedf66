using System.Globalization;
using System.Text.RegularExpressions;
using Homelab.Domain.Models;

namespace Homelab.Engines.Gguf;

/// <summary>A model as it lies on the disk: one GGUF file, or the parts <c>NAME-00001-of-0000N.gguf</c> of one.</summary>
internal static partial class GgufModelFile
{
    private const int MaximumParts = 1024;

    /// <summary>Reads the facts out of a file's header and, of a split model, the headers of all its parts, whichever of them was named.</summary>
    /// <exception cref="GgufException">A file is none, cannot be what it claims, or a part is missing; the message names it.</exception>
    /// <exception cref="IOException">A file could not be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor was it allowed to be.</exception>
    public static GgufFacts Read(string path)
    {
        var parts = Parts(path);
        GgufMetadata? first = null;
        var files = 0L;
        foreach (var part in parts)
        {
            try
            {
                using var file = new FileStream(part, new FileStreamOptions { BufferSize = 0 });
                var header = GgufReader.Read(file, file.Length);
                files += file.Length;
                if (first is null)
                {
                    first = header.Metadata;
                    CheckCount(first, parts.Count);
                }
                else
                {
                    first.Tensors.Add(header.Metadata.Tensors);
                }
            }
            catch (GgufException e)
            {
                throw new GgufException($"{Path.GetFileName(part)}: {e.Message}");
            }
        }

        var facts = FactsFromMetadata.Read(first!, new ByteSize(files), new ByteSize(first!.Tensors.ProjectorBytes));
        return facts.Architecture is "" or "clip" or "adapter"
            ? throw new GgufException(facts.Architecture.Length == 0 ? $"{Path.GetFileName(path)}: it does not state general.architecture" : $"{Path.GetFileName(path)}: it is a {(facts.Architecture == "clip" ? "projector" : "adapter")} and no model of its own")
            : facts with { IsEmbedder = first.Numbers.GetValueOrDefault(facts.Architecture + ".pooling_type") > 0 };
    }

    private static List<string> Parts(string path)
    {
        var match = PartName().Match(Path.GetFileName(path));
        if (!match.Success)
        {
            return [path];
        }

        var count = int.Parse(match.Groups[3].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var number = int.Parse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        if (number < 1 || number > count || count > MaximumParts)
        {
            throw new GgufException($"{match.Value}: part {number} of {count} cannot be");
        }

        var parts = Enumerable.Range(1, count)
            .Select(n => Path.Combine(Path.GetDirectoryName(path) ?? "", string.Create(CultureInfo.InvariantCulture, $"{match.Groups[1].Value}-{n:00000}-of-{count:00000}.gguf")))
            .ToList();
        var missing = parts.Where(p => !File.Exists(p)).Select(Path.GetFileName).ToList();
        return missing.Count == 0 ? parts
            : throw new GgufException($"the model is split into {count} files, and {(missing.Count == 1 ? missing[0] + " is" : $"{missing[0]} and {missing.Count - 1} more are")} missing beside {match.Value}");
    }

    private static void CheckCount(GgufMetadata metadata, int parts)
    {
        if (metadata.Numbers.TryGetValue("split.count", out var stated) && stated > 1 && (int)stated != parts)
        {
            throw new GgufException($"it is one of {stated} parts by its header, but {(parts == 1 ? "is not named as one" : $"{parts} by its name")}; parts are named NAME-00001-of-{(int)stated:00000}.gguf");
        }
    }

    [GeneratedRegex(@"^(.+)-([0-9]{5})-of-([0-9]{5})\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
