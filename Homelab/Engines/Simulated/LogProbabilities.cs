using System.Text;
using System.Text.Json;

namespace Homelab.Engines.Simulated;

/// <summary>Writes made-up log probabilities in Ollama's form, which its OpenAI dialect shares.</summary>
internal static class LogProbabilities
{
    private static readonly string[] Rivals = [" the", " a", " and", " of", " to"];

    public static void Write(Utf8JsonWriter writer, IEnumerable<string> tokens, int top)
    {
        writer.WriteStartArray();
        foreach (var token in tokens)
        {
            writer.WriteStartObject();
            WriteOne(writer, token, -0.25);
            if (top > 0)
            {
                writer.WriteStartArray("top_logprobs");
                for (var i = 0; i < Math.Min(top, 20); i++)
                {
                    writer.WriteStartObject();
                    WriteOne(writer, i == 0 ? token : Rivals[i % Rivals.Length], -0.25 - i);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteOne(Utf8JsonWriter writer, string token, double value)
    {
        writer.WriteString("token", token);
        writer.WriteNumber("logprob", value);
        writer.WriteStartArray("bytes");
        foreach (var b in Encoding.UTF8.GetBytes(token))
        {
            writer.WriteNumberValue(b);
        }

        writer.WriteEndArray();
    }
}
