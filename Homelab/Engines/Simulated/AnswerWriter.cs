using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>Makes answers up. The same request to the same model always gets the same answer, and every answer says that it is simulated.</summary>
internal static class AnswerWriter
{
    private const int LongestExcerpt = 60;

    private static readonly string[] Sentences =
    [
        "The words follow from a hash of the question, so the same question gets the same answer.",
        "A real model would now weigh every word of the conversation; this one only counts them.",
        "Loading, memory and speed behave as configured, which is the part worth watching.",
        "Nothing here was computed on a GPU.",
        "If you need a fact, ask a real model.",
        "The stream arrives token by token at the configured rate.",
        "While this text runs, the replica that serves it is leased and cannot be evicted.",
        "Longer conversations give longer prompts, and those take a little longer to read.",
        "You may stop this answer at any time; generation ends with the connection.",
        "Another request for the same model would share this load.",
        "When nobody asks any more, the model is unloaded after a while.",
        "That is all that a simulation can honestly say about it.",
    ];

    /// <summary>The answer, cut at <paramref name="context"/> x 10 tokens as Ollama does where nobody set a limit.</summary>
    public static Answer Write(GenerationRequest request, int answerTokens, int context)
    {
        var seed = SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Model.Name}\n{request.Prompt}"));
        var promptTokens = Math.Min(context, 8 + CountTokens(request.Prompt));
        var limit = request.MaximumTokens > 0 ? request.MaximumTokens : 10 * context;
        if (ChosenTool(request) is var (tool, schema))
        {
            var arguments = SchemaSample.Write(schema);
            return new Answer([], tool, arguments, "call_" + Convert.ToHexStringLower(seed.AsSpan(0, 4)), "stop", promptTokens);
        }

        var text = request.Format switch
        {
            AnswerFormat.Schema => SchemaSample.Write(request.Schema),
            AnswerFormat.Json => """{"simulated":true}""",
            _ => Prose(request, seed, answerTokens > 0 ? Math.Min(answerTokens, limit) : 0),
        };
        var stopped = false;
        foreach (var stop in request.Stops)
        {
            var at = stop.Length == 0 ? -1 : text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0)
            {
                text = text[..at];
                stopped = true;
            }
        }

        var tokens = request.Format == AnswerFormat.Text ? Words(text) : Pieces(text);
        var cut = tokens.Length > limit || (!stopped && request.Format == AnswerFormat.Text && answerTokens > limit && tokens.Length == limit);
        return new Answer(tokens.Length > limit ? tokens[..limit] : tokens, null, "", "", cut ? "length" : "stop", promptTokens);
    }

    /// <summary>Roughly as a tokenizer would: four characters each, never fewer than the words.</summary>
    public static int CountTokens(string text) => Math.Max(text.Length / 4, text.AsSpan().Count(' ') + 1);

    private static string Prose(GenerationRequest request, byte[] seed, int exactTokens)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"This is a simulated answer from {request.Model.Name}; no model read your question.");
        if (request.LastUserText.Length > 0)
        {
            var excerpt = request.LastUserText.ReplaceLineEndings(" ");
            text.Append(CultureInfo.InvariantCulture, $" You asked: \"{(excerpt.Length > LongestExcerpt ? excerpt[..LongestExcerpt] + "..." : excerpt)}\".");
        }

        if (exactTokens > 0)
        {
            var words = Words(text.ToString()).Length;
            for (var i = 0; words < exactTokens; i++)
            {
                var sentence = " " + Sentences[(seed[i % seed.Length] + i) % Sentences.Length];
                text.Append(sentence);
                words += Words(sentence).Length;
            }

            return string.Concat(Words(text.ToString()).Take(exactTokens));
        }

        for (var i = 0; i < 2 + (seed[0] % 4); i++)
        {
            text.Append(' ').Append(Sentences[(seed[1] + (i * (1 + (seed[2] % 5)))) % Sentences.Length]);
        }

        return text.ToString();
    }

    /// <summary>A tool is called where the user spoke last and names it, or asks for a call at all.</summary>
    private static (string Name, JsonElement? Schema)? ChosenTool(GenerationRequest request)
    {
        if (request.Tools.IsEmpty || request.LastRole != "user")
        {
            return null;
        }

        foreach (var tool in request.Tools)
        {
            if (request.LastUserText.Contains(tool.Name, StringComparison.OrdinalIgnoreCase))
            {
                return tool;
            }
        }

        return request.LastUserText.Contains("tool", StringComparison.OrdinalIgnoreCase) || request.LastUserText.Contains("call", StringComparison.OrdinalIgnoreCase)
            ? request.Tools[0]
            : null;
    }

    /// <summary>Words, each with the space before it.</summary>
    private static ImmutableArray<string> Words(string text)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        var start = 0;
        for (var i = 1; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == ' ')
            {
                words.Add(text[start..i]);
                start = i;
            }
        }

        return words.ToImmutable();
    }

    private static ImmutableArray<string> Pieces(string text) => [.. text.Chunk(4).Select(c => new string(c))];
}
