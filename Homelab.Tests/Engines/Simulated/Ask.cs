using System.Net;
using System.Text;
using System.Text.Json;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>Short questions to a fake Ollama.</summary>
internal static class Ask
{
    public static async Task<(HttpStatusCode Status, string Text)> PostAsync(this FakeOllama fake, string path, string json, CancellationToken cancellation = default)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await fake.Http.PostAsync(new Uri(path, UriKind.Relative), content, cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
    }

    public static async Task<JsonElement> JsonAsync(this FakeOllama fake, string path, string json)
    {
        var (status, text) = await fake.PostAsync(path, json);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {text}");
        return JsonElement.Parse(text);
    }

    /// <summary>The models that <c>/api/ps</c> lists, in its order.</summary>
    public static async Task<JsonElement[]> PsAsync(this FakeOllama fake) =>
        [.. JsonElement.Parse(await fake.Http.GetStringAsync(new Uri("/api/ps", UriKind.Relative))).GetProperty("models").EnumerateArray()];

    /// <summary>Loads a model as homelab does.</summary>
    public static Task<(HttpStatusCode Status, string Text)> LoadAsync(this FakeOllama fake, string model, string more = "", CancellationToken cancellation = default) =>
        fake.PostAsync("/api/generate", $$"""{"model":"{{model}}"{{more}}}""", cancellation);

    /// <summary>Waits until the server has come so far; fails after ten seconds and says for what it waited.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(10), $"waited in vain: {what}");
            await Task.Yield();
        }
    }

    /// <summary>Lets time go by until the task is done, a step at a time; fails after a thousand steps.</summary>
    public static async Task<T> WithTimeAsync<T>(this Microsoft.Extensions.Time.Testing.FakeTimeProvider time, TimeSpan step, Task<T> task)
    {
        for (var i = 0; i < 100_000 && !task.IsCompleted; i++)
        {
            if (i % 100 == 99)
            {
                time.Advance(step);
            }

            await Task.Yield();
        }

        return await task.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
