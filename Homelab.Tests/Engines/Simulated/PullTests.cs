using System.Net;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Engines.Simulated;

/// <summary>Downloads from the simulation's catalogue.</summary>
public sealed class PullTests
{
    [Fact]
    public async Task Pull_that_its_client_left_goes_on_where_it_stopped()
    {
        var time = new CountingTime();
        await using var fake = await FakeOllama.StartAsync(s => s with { PullRate = ByteSize.FromMebibytes(10) }, time);
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/pull") { Content = new StringContent("""{"model":"sim-tiny:1b"}""") };
        using var response = await fake.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(leaving.Token));
        Assert.Contains("pulling manifest", await reader.ReadLineAsync(leaving.Token), StringComparison.Ordinal);
        await Ask.UntilAsync(() => time.Timers == 1, "the first step of the download");
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("\"completed\":20200000", await reader.ReadLineAsync(leaving.Token), StringComparison.Ordinal);
        await leaving.CancelAsync();
        response.Dispose();
        Assert.DoesNotContain("sim-tiny:1b", await fake.Http.GetStringAsync(new Uri("/api/tags", UriKind.Relative)), StringComparison.Ordinal);

        var (status, text) = await time.WithTimeAsync(TimeSpan.FromSeconds(1), fake.PostAsync("/api/pull", """{"model":"sim-tiny:1b"}"""));
        Assert.Equal(HttpStatusCode.OK, status);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // The server may notice only a step later that the first client is gone.
        Assert.InRange(JsonElement.Parse(lines[1]).GetProperty("completed").GetInt64(), 20_200_000, 808_000_000);
        Assert.Equal("""{"status":"success"}""", lines[^1]);
        Assert.Contains("sim-tiny:1b", await fake.Http.GetStringAsync(new Uri("/api/tags", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_model_is_an_error_line_after_200()
    {
        await using var fake = await FakeOllama.StartAsync();
        var (status, text) = await fake.PostAsync("/api/pull", """{"model":"nobody-has-this"}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.EndsWith("{\"error\":\"pull model manifest: file does not exist\"}\n", text, StringComparison.Ordinal);
    }
}
