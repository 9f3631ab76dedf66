using System.Text;
using Homelab.Configuration.Yaml;

namespace Homelab.Configuration;

/// <summary>Replaces <c>${env:NAME}</c> and <c>${file:PATH}</c> in values. What they stand for appears in no message, is not expanded again
/// and is bounded.</summary>
/// <param name="environment">The variables there are.</param>
/// <param name="folder">What relative paths start from.</param>
internal sealed class ReferenceExpander(IReadOnlyDictionary<string, string> environment, string folder)
{
    private const int LargestFile = 64 * 1024;

    /// <summary>The value with its references replaced; null where one cannot be, and then <paramref name="problem"/> says why.</summary>
    public YamlNode.Scalar? Expand(YamlNode.Scalar value, bool secret, out string? problem)
    {
        problem = null;
        if (!value.Text.Contains("${", StringComparison.Ordinal))
        {
            return value;
        }

        var result = new StringBuilder();
        var rest = value.Text.AsSpan();
        while (rest.IndexOf("${", StringComparison.Ordinal) is >= 0 and var start)
        {
            if (start > 0 && rest[start - 1] == '$')
            {
                result.Append(rest[..(start - 1)]).Append("${");
                rest = rest[(start + 2)..];
                continue;
            }

            result.Append(rest[..start]);
            var length = rest[start..].IndexOf('}');
            if (length < 0)
            {
                problem = "holds '${' without '}'; write $${ for the characters themselves";
                return null;
            }

            var name = rest.Slice(start + 2, length - 2).ToString();
            if (Resolve(name, secret, out problem) is not { } text)
            {
                return null;
            }

            result.Append(text);
            rest = rest[(start + length + 1)..];
        }

        return value with { Text = result.Append(rest).ToString() };
    }

    private string? Resolve(string name, bool secret, out string? problem)
    {
        problem = null;
        if (name.StartsWith("env:", StringComparison.Ordinal))
        {
            var variable = name[4..].Trim();
            problem = environment.TryGetValue(variable, out var text) ? null : $"refers to the environment variable '{Wording.Shorten(variable)}', which is not set";
            return text;
        }

        if (name.StartsWith("file:", StringComparison.Ordinal))
        {
            return ReadFile(name[5..].Trim(), out problem);
        }

        problem = (secret ? "holds a reference" : $"holds the reference '${{{Wording.Shorten(name)}}}'")
            + " that is neither ${env:NAME} nor ${file:PATH}; write $${ for the characters themselves";
        return null;
    }

    private string? ReadFile(string written, out string? problem)
    {
        var shown = Wording.Shorten(written);
        try
        {
            var path = Path.GetFullPath(UserPath.Expand(written, environment), folder);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[LargestFile + 1];
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > LargestFile)
            {
                problem = $"refers to the file '{shown}', which is larger than 64 KiB";
                return null;
            }

            problem = null;
            return new UTF8Encoding(false, true).GetString(bytes, 0, count).TrimEnd('\r', '\n');
        }
        catch (DecoderFallbackException)
        {
            problem = $"refers to the file '{shown}', which is not UTF-8 text";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = $"refers to the file '{shown}', which does not exist";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = $"refers to the file '{shown}', which cannot be read";
        }

        return null;
    }
}
