using System.Text;
using System.Text.RegularExpressions;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>Finds secrets by what they look like, whatever their file is called: a hard link or a copy keeps nothing of a name. Pure. Works on bytes, one of them a
/// character, so that places in the text are places in the file.</summary>
internal static partial class SecretContent
{
    /// <summary>How far before a window a private key that reaches into it may begin, in bytes; none that is in use is longer.</summary>
    public const int LookBehind = 32 * 1024;

    /// <summary>How far past a window a token that begins in it is followed, in bytes.</summary>
    public const int LookAhead = 4 * 1024;

    private const int LongestKey = LookBehind;

    /// <summary>Where private keys and password hashes are.</summary>
    public static IReadOnlyList<Range> KeysIn(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var found = new List<Range>();
        foreach (var begin in KeyBegin().EnumerateMatches(text))
        {
            var limit = Math.Min(text.Length, begin.Index + LongestKey);
            var end = text.IndexOf("-----END ", begin.Index + begin.Length, limit - begin.Index - begin.Length, StringComparison.Ordinal);
            var line = end < 0 ? -1 : text.IndexOf('\n', end);
            found.Add(begin.Index..(end < 0 ? limit : line < 0 ? text.Length : line + 1));
        }

        foreach (var whole in WholeSecret().EnumerateMatches(text))
        {
            found.Add(whole.Index..(whole.Index + whole.Length));
        }

        return found;
    }

    /// <summary>Where passwords, tokens and keys of well-known forms are.</summary>
    public static IReadOnlyList<Range> TokensIn(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var found = new List<Range>();
        foreach (var token in Token().EnumerateMatches(text))
        {
            found.Add(token.Index..(token.Index + token.Length));
        }

        for (var match = Assignment().Match(text); match.Success; match = match.NextMatch())
        {
            var value = match.Groups["value"];
            found.Add(value.Index..(value.Index + value.Length));
        }

        return found;
    }

    [GeneratedRegex(@"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex KeyBegin();

    /// <summary>age's keys, kubeconfig's, and lines of a shadow or htpasswd file.</summary>
    [GeneratedRegex(@"AGE-SECRET-KEY-1[0-9A-Z]{20,}|(?:client-key-data|private_key)""?:[ \t]*""?[A-Za-z0-9+/=\\-]{16,}|(?m:^[A-Za-z0-9_.@-]{1,64}:\$(?:1|2[abxy]|5|6|7|y|gy|argon2[a-z]*|apr1|scrypt)\$[^\s]{8,})", RegexOptions.CultureInvariant)]
    private static partial Regex WholeSecret();

    /// <summary>Forms that their makers gave them so that they are found: homelab's own, GitHub's, GitLab's, AWS's, Slack's, Google's, OpenAI's and Anthropic's, Hugging Face's, npm's, Stripe's, and JSON Web Tokens.</summary>
    [GeneratedRegex(@"\bhl_[a-z]{2,10}_[0-9A-Za-z]{8}_[0-9A-Za-z]{16,}|\bgh[pousr]_[0-9A-Za-z]{20,}|\bgithub_pat_[0-9A-Za-z_]{20,}|\bglpat-[0-9A-Za-z_-]{16,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bxox[abeoprs]-[0-9A-Za-z-]{10,}|\bAIza[0-9A-Za-z_-]{30,}|\bsk-[0-9A-Za-z_-]{16,}|\bhf_[0-9A-Za-z]{20,}|\bnpm_[0-9A-Za-z]{30,}|\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}|\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}", RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    /// <summary><c>password=...</c>, <c>"api_key": "..."</c>, <c>Authorization: Bearer ...</c>, and the password in an address.</summary>
    [GeneratedRegex(@"(?:pass(?:word|wd|phrase)|pwd|secret|(?:access|auth|refresh|join|bot|id|session)?[_-]?token|(?:api|access|admin|secret|private|encryption|signing|account|preshared)[_-]?keys?)(?:[_-][a-z0-9]{1,16})?[""']?[ \t]{0,4}(?:=|:|=>)[ \t]{0,4}[""'\[]{0,2}(?:(?:bearer|basic)[ \t]+)?(?![0-9.]+(?:[\s""',;\]]|$))(?<value>[^\s""',;\]]{6,1024})|authorization[""']?[ \t]{0,4}[:=][ \t]{0,4}[""']?(?:bearer|basic|token)[ \t]+(?<value>[^\s""',;]{6,2048})|[a-z][a-z0-9+.-]{1,16}://[^\s/:@""']{0,64}:(?<value>[^\s/@""']{3,256})@", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Assignment();
}
