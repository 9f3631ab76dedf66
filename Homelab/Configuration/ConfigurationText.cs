using System.Text;

namespace Homelab.Configuration;

/// <summary>Turns the bytes of a file into text: UTF-8, with or without a mark at its beginning.</summary>
internal static class ConfigurationText
{
    /// <summary>Null where the bytes are no UTF-8, and then <paramref name="problem"/> says where.</summary>
    public static string? Decode(ReadOnlySpan<byte> content, string file, out ConfigurationProblem? problem)
    {
        content = content.StartsWith(Encoding.UTF8.Preamble) ? content[3..] : content;
        try
        {
            problem = null;
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            var before = content[..Math.Clamp(e.Index, 0, content.Length)];
            var line = before.Count((byte)'\n') + 1;
            problem = new ConfigurationProblem(file, line, before.Length - before.LastIndexOf((byte)'\n'), "", "is not UTF-8 text");
            return null;
        }
    }
}
