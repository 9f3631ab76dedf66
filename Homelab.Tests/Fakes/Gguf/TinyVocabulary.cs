namespace Homelab.Tests.Fakes.Gguf;

/// <summary>The tokens of a tiny model: every byte, some words, the marks of a chat, and what a tool call is made of.</summary>
internal static class TinyVocabulary
{
    public const string EndOfText = "<|endoftext|>";
    public const string Begin = "<|im_start|>";
    public const string End = "<|im_end|>";

    /// <summary>How the engine is to lay out a chat (a Jinja template, as files carry it).</summary>
    public const string ChatLayout = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n";

    private const string Consonants = "bdfgklmnprstvz";
    private const string Vowels = "aeiou";

    // GPT-2's tokenizers write a leading space as this letter.
    private const char Space = '\u0120';

    /// <summary>One token for each byte, by GPT-2's table of printable letters.</summary>
    public static IReadOnlyList<string> Bytes { get; } = MakeBytes();

    /// <summary>Words with a space before them; a chat model says nothing else.</summary>
    public static IReadOnlyList<string> Words { get; } =
        [.. from first in Consonants from vowel in Vowels from last in "nlr" select $"{Space}{first}{vowel}{last}a"];

    /// <summary>One call of <c>get_weather</c>, in the pieces that the tool model says one after the other.</summary>
    public static IReadOnlyList<string> ToolCall { get; } =
        ["<tool_call>", "\n{\"name\": \"get_weather", "\", \"arguments\": {\"city\": \"", "Oslo", "\"}}", "\n</tool_call>"];

    private static List<string> MakeBytes()
    {
        var next = 256;
        return [.. Enumerable.Range(0, 256).Select(b => (b is >= '!' and <= '~' or >= 0xA1 and not 0xAD ? (char)b : (char)next++).ToString())];
    }
}
