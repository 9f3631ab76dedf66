using System.Text;

namespace Homelab.Tests.EndToEnd.Cluster;

/// <summary>A streamed chat as its client reads it, event by event.</summary>
internal sealed class ClientStream : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;
    private readonly StringBuilder _text = new();

    private ClientStream(HttpResponseMessage answer, StreamReader reader)
    {
        _answer = answer;
        _reader = reader;
    }

    /// <summary>Its <c>x-homelab-route</c>.</summary>
    public string Route => _answer.Headers.TryGetValues("x-homelab-route", out var values) ? values.Single() : "";

    /// <summary>Everything that came so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Whether the answer came to its end mark, without an error.</summary>
    public bool IsWhole => Text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) && !Text.Contains("\"error\"", StringComparison.Ordinal);

    /// <summary>Sends the request and waits for the first piece of the answer.</summary>
    public static async Task<ClientStream> OpenAsync(HomelabProcess process, string model, string text = "Say hello.")
    {
        var answer = await process.PostAsync("v1/chat/completions", Asking.Body(model, stream: true, text), stream: true).WaitAsync(Limit, TimeProvider.System);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode} {(answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync())}");
        var stream = new ClientStream(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
        await stream.NextAsync();
        return stream;
    }

    /// <summary>Reads on to the next piece of the answer; comments are passed over.</summary>
    /// <returns>False at the end.</returns>
    public async Task<bool> NextAsync()
    {
        while (await _reader.ReadLineAsync().WaitAsync(Limit, TimeProvider.System) is { } line)
        {
            _text.Append(line).Append('\n');
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads to the end, however it comes: everything that came.</summary>
    public async Task<string> RestAsync()
    {
        try
        {
            while (await NextAsync())
            {
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            _text.Append("(broken: ").Append(broken.Message).Append(')');
        }

        return Text;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _answer.Dispose();
    }
}
