using System.Globalization;
using System.Text;

namespace Homelab.Bench;

/// <summary>The bytes that the mock engine answers with, made once.</summary>
internal static class MockAnswers
{
    private const string Digest = "6c08ae788f082d9f2c6a464a54e668fc4e98277d722d9679aab16e2d51ea894a";

    private const string Details =
        """{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"1.2B","quantization_level":"Q4_K_M","context_length":8192,"embedding_length":2048}""";

    public static readonly byte[] Version = Json("""{"version":"0.32.15"}""");

    public static readonly byte[] Running = Answer(200, "text/plain; charset=utf-8", "Ollama is running");

    public static readonly byte[] NotFound = Answer(404, "text/plain", "404 page not found");

    public static readonly byte[] Tags = Json(
        $$"""{"models":[{"name":"{{Scenario.Model}}","model":"{{Scenario.Model}}","modified_at":"2026-11-23T14:13:18.326478323Z","size":1073741824,"digest":"{{Digest}}","details":{{Details}},"capabilities":["completion"]}]}""");

    public static readonly byte[] Models = Json(
        $$"""{"object":"list","data":[{"id":"{{Scenario.Model}}","object":"model","created":1763907198,"owned_by":"library"}]}""");

    public static readonly byte[] Show = Json(
        $$"""{"modelfile":"FROM bench","parameters":"","template":"","details":{{Details}},"model_info":{"general.architecture":"llama","general.parameter_count":1235814400,"llama.attention.head_count":32,"llama.attention.head_count_kv":8,"llama.attention.key_length":64,"llama.attention.value_length":64,"llama.block_count":16,"llama.context_length":8192,"llama.embedding_length":2048,"llama.vocab_size":128256},"capabilities":["completion"],"modified_at":"2026-11-23T14:13:18.326478323Z"}""");

    public static readonly byte[] Loaded = Json(
        $$"""{"model":"{{Scenario.Model}}","created_at":"2026-11-23T14:13:18.682665462Z","response":"","done":true,"done_reason":"load"}""");

    public static readonly byte[] Completion = Json(
        $$$"""{"id":"chatcmpl-331","object":"chat.completion","created":1763907198,"model":"{{{Scenario.Model}}}","system_fingerprint":"fp_ollama","choices":[{"index":0,"message":{"role":"assistant","content":"Loire, Rhone, Seine."},"finish_reason":"stop"}],"usage":{"prompt_tokens":41,"completion_tokens":9,"total_tokens":50}}""");

    public static readonly byte[] StreamHead = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n");

    public static readonly byte[] StreamChunk = Chunk(Event("""[{"index":0,"delta":{"content":" river"},"finish_reason":null}]""", ""));

    public static readonly byte[] StreamLast = Chunk(Event("""[{"index":0,"delta":{},"finish_reason":"stop"}]""", ""));

    public static readonly byte[] StreamUsage = Chunk(Event("[]", ""","usage":{"prompt_tokens":41,"completion_tokens":63,"total_tokens":104}"""));

    public static readonly byte[] StreamDone = [.. Chunk("data: [DONE]\n\n"), .. "0\r\n\r\n"u8];

    /// <summary>What <c>/api/ps</c> says; <paramref name="context"/> 0: nothing is loaded.</summary>
    public static byte[] Processes(int context) => Json(context == 0
        ? """{"models":[]}"""
        : $$"""{"models":[{"name":"{{Scenario.Model}}","model":"{{Scenario.Model}}","size":1395864371,"digest":"{{Digest}}","details":{{Details}},"expires_at":"2319-03-05T14:00:36.954998852Z","size_vram":1395864371,"context_length":{{context.ToString(CultureInfo.InvariantCulture)}}}]}""");

    private static string Event(string choices, string more) =>
        $$"""data: {"id":"chatcmpl-331","object":"chat.completion.chunk","created":1763907198,"model":"{{Scenario.Model}}","system_fingerprint":"fp_ollama","choices":{{choices}}{{more}}}""" + "\n\n";

    private static byte[] Chunk(string text) => Encoding.ASCII.GetBytes($"{text.Length:x}\r\n{text}\r\n");

    private static byte[] Json(string body) => Answer(200, "application/json", body);

    private static byte[] Answer(int status, string type, string body) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {status} {(status == 200 ? "OK" : "Not Found")}\r\nContent-Type: {type}\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\nContent-Length: {body.Length}\r\n\r\n{body}");
}
