using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Homelab.Domain.Models;

namespace Homelab.Engines.Ollama;

/// <summary>Names of the models that homelab derives from others so that their context is the same on every path, <c>/v1</c> included:
/// <c>homelab/qwen3:8b-ctx16384-6c08ae788f08</c> is <c>qwen3:8b</c> with that digest and that context. The name says all, so no record of them is kept.</summary>
internal static class DerivedModelName
{
    private const string Prefix = "homelab/";
    private const int MaximumPart = 80;
    private const int DigestLength = 12;

    /// <summary>The name for a base model with this digest and context. Same input, same name.</summary>
    /// <exception cref="FormatException">The digest is not one.</exception>
    public static ModelName Of(ModelName origin, string digest, int context)
    {
        var (path, tag) = Split(origin);
        var suffix = string.Create(CultureInfo.InvariantCulture, $"ctx{context}-{Short(digest)}");
        var model = Escape(path);
        return model.Length <= MaximumPart && tag.Length + 1 + suffix.Length <= MaximumPart
            ? ModelName.Parse($"{Prefix}{model}:{tag}-{suffix}")
            : ModelName.Parse($"{Prefix}{Hash(origin)}:{suffix}");
    }

    /// <summary>Whether the name is one of ours.</summary>
    public static bool IsDerived(ModelName name) => TryRead(name, [], out _, out _) || TrySplitSuffix(name, out var path, out _, out _, out _) && IsHash(path);

    /// <summary>Reads a name of ours back. A base whose name is too long to be spelled out is found among <paramref name="installed"/>.</summary>
    public static bool TryRead(ModelName name, IEnumerable<ModelName> installed, out ModelName origin, out string shortDigest)
    {
        origin = default;
        if (!TrySplitSuffix(name, out var path, out var tag, out _, out shortDigest))
        {
            return false;
        }

        if (!IsHash(path))
        {
            return tag.Length > 0 && TryUnescape(path, out var unescaped) && ModelName.TryParse($"{unescaped}:{tag}", out origin);
        }

        origin = installed.FirstOrDefault(candidate => Hash(candidate) == path);
        return origin != default;
    }

    /// <summary>Whether <paramref name="digest"/> begins with what a name of ours says.</summary>
    public static bool IsDigest(string digest, string shortDigest) => Short(digest) == shortDigest;

    private static bool TrySplitSuffix(ModelName name, out string path, out string tag, out int context, out string shortDigest)
    {
        (path, tag, context, shortDigest) = ("", "", 0, "");
        if (!name.Value.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        (path, var whole) = Split(name);
        path = path[Prefix.Length..];
        var digest = whole.LastIndexOf('-');
        var number = digest < 0 ? -1 : whole.LastIndexOf("ctx", digest, StringComparison.Ordinal);
        if (number < 0 || !int.TryParse(whole.AsSpan(number + 3, digest - number - 3), NumberStyles.None, CultureInfo.InvariantCulture, out context))
        {
            return false;
        }

        shortDigest = whole[(digest + 1)..];
        tag = number == 0 ? "" : whole[..(number - 1)];
        return shortDigest.Length == DigestLength && shortDigest.All(char.IsAsciiHexDigitLower) && (number == 0 || whole[number - 1] == '-');
    }

    private static (string Path, string Tag) Split(ModelName name)
    {
        var colon = name.Value.LastIndexOf(':');
        return (name.Value[..colon], name.Value[(colon + 1)..]);
    }

    private static string Short(string digest)
    {
        var hex = digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest[7..] : digest;
        return hex.Length >= DigestLength && hex.All(char.IsAsciiHexDigit)
            ? hex[..DigestLength].ToLowerInvariant()
            : throw new FormatException("not a digest");
    }

    // A model part takes neither '/' nor ':', which names with a namespace or a host have.
    private static string Escape(string path) => path.Replace("_", "__", StringComparison.Ordinal).Replace("/", "_s", StringComparison.Ordinal).Replace(":", "_c", StringComparison.Ordinal);

    private static bool TryUnescape(string text, out string path)
    {
        var result = new StringBuilder(text.Length);
        path = "";
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '_')
            {
                result.Append(text[i]);
                continue;
            }

            i++;
            switch (i < text.Length ? text[i] : '\0')
            {
                case '_':
                    result.Append('_');
                    break;
                case 's':
                    result.Append('/');
                    break;
                case 'c':
                    result.Append(':');
                    break;
                default:
                    return false;
            }
        }

        path = result.ToString();
        return true;
    }

    private static string Hash(ModelName origin) => "_h" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin.Value)).AsSpan(0, 20));

    private static bool IsHash(string path) => path.Length == 42 && path.StartsWith("_h", StringComparison.Ordinal);
}
