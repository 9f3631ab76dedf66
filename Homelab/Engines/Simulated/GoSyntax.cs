using System.Text;

namespace Homelab.Engines.Simulated;

/// <summary>Says what is wrong with a JSON text in the words of Go's decoder, which Ollama passes on to its clients.</summary>
internal static class GoSyntax
{
    private const int DeepestNesting = 10_000;

    /// <summary>The error; for a text that this reader finds nothing wrong with, a general one.</summary>
    public static string Describe(ReadOnlySpan<byte> json)
    {
        var open = new Stack<byte>();
        var expect = Expect.Value;
        for (var i = 0; i < json.Length; i++)
        {
            var c = json[i];
            if (c is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            switch (expect)
            {
                case Expect.Key or Expect.KeyOrEnd when c == '"':
                    if (!SkipString(json, ref i))
                    {
                        return "unexpected EOF";
                    }

                    expect = Expect.Colon;
                    break;
                case Expect.KeyOrEnd or Expect.CommaOrEnd or Expect.ValueOrEnd when open.TryPeek(out var begin) && c == (begin == '{' ? '}' : ']'):
                    open.Pop();
                    expect = open.Count == 0 ? Expect.Nothing : Expect.CommaOrEnd;
                    break;
                case Expect.Key or Expect.KeyOrEnd:
                    return Invalid(json, i, "looking for beginning of object key string");
                case Expect.Colon when c == ':':
                    expect = Expect.Value;
                    break;
                case Expect.Colon:
                    return Invalid(json, i, "after object key");
                case Expect.CommaOrEnd when c == ',':
                    expect = open.Peek() == '{' ? Expect.Key : Expect.Value;
                    break;
                case Expect.CommaOrEnd:
                    return Invalid(json, i, open.Peek() == '{' ? "after object key:value pair" : "after array element");
                case Expect.Value or Expect.ValueOrEnd when c is (byte)'{' or (byte)'[':
                    open.Push(c);
                    if (open.Count > DeepestNesting)
                    {
                        return "exceeded max depth";
                    }

                    expect = c == '{' ? Expect.KeyOrEnd : Expect.ValueOrEnd;
                    break;
                case Expect.Value or Expect.ValueOrEnd:
                    if (Scalar(json, ref i) is { } error)
                    {
                        return error;
                    }

                    expect = open.Count == 0 ? Expect.Nothing : Expect.CommaOrEnd;
                    break;
                default:
                    return Invalid(json, i, "after top-level value");
            }
        }

        return expect == Expect.Nothing ? "invalid JSON" : "unexpected EOF";
    }

    private static string? Scalar(ReadOnlySpan<byte> json, ref int i)
    {
        var c = json[i];
        if (c == '"')
        {
            return SkipString(json, ref i) ? null : "unexpected EOF";
        }

        var literal = c switch { (byte)'t' => "true", (byte)'f' => "false", (byte)'n' => "null", _ => null };
        if (literal is not null)
        {
            for (var k = 1; k < literal.Length; k++)
            {
                if (i + k >= json.Length)
                {
                    return "unexpected EOF";
                }

                if (json[i + k] != literal[k])
                {
                    return Invalid(json, i + k, $"in literal {literal} (expecting '{literal[k]}')");
                }
            }

            i += literal.Length - 1;
            return null;
        }

        if (c != '-' && !char.IsAsciiDigit((char)c))
        {
            return Invalid(json, i, "looking for beginning of value");
        }

        while (i + 1 < json.Length && (char.IsAsciiDigit((char)json[i + 1]) || json[i + 1] is (byte)'.' or (byte)'e' or (byte)'E' or (byte)'+' or (byte)'-'))
        {
            i++;
        }

        return null;
    }

    private static bool SkipString(ReadOnlySpan<byte> json, ref int i)
    {
        for (i++; i < json.Length; i++)
        {
            if (json[i] == '\\')
            {
                i++;
            }
            else if (json[i] == '"')
            {
                return true;
            }
        }

        return false;
    }

    private static string Invalid(ReadOnlySpan<byte> json, int at, string where)
    {
        Rune.DecodeFromUtf8(json[at..], out var rune, out _);
        return $"invalid character '{rune}' {where}";
    }

    /// <summary>What the grammar allows next.</summary>
    private enum Expect
    {
        Value,
        ValueOrEnd,
        Key,
        KeyOrEnd,
        Colon,
        CommaOrEnd,
        Nothing,
    }
}
