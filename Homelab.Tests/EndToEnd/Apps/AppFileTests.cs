using System.Security.Cryptography;
using Homelab.Tests.Apps.Running;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd.Apps;

/// <summary>Files come before the app, from a server that goes wrong, through the published executable.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class AppFileTests
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(8 << 20);

    [LinuxExecutableFact]
    public async Task First_request_fetches_the_files_then_starts_the_app_and_the_next_daemon_fetches_nothing()
    {
        await using var server = await FaultyFileServer.StartAsync();
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        var file = Entry(server, server.Put("model.bin", Content));
        await daemon.PutAppAsync("one", file, "--needs", "{files}/sub/model.bin");
        await daemon.PutAppAsync("two", file, "--needs", "{files}/sub/model.bin");

        await Task.WhenAll(daemon.GetAsync("apps/one/pid"), daemon.GetAsync("apps/two/pid"));
        Assert.Single(server.Requests);
        Assert.Equal(Content, await File.ReadAllBytesAsync(FileOf(daemon, "one")));
        Assert.Equal(Content, await File.ReadAllBytesAsync(FileOf(daemon, "two")));
        Assert.Contains(await daemon.EventsAsync(), e => e.StartsWith("app.file: ", StringComparison.Ordinal) && e.Contains("sub/model.bin", StringComparison.Ordinal));

        await daemon.CrashAndRestartAsync();
        await daemon.AppBecomesAsync("one", "stopped");
        await daemon.GetAsync("apps/one/pid");
        Assert.Single(server.Requests);
    }

    [LinuxExecutableFact]
    public async Task Download_goes_on_where_it_was_when_the_daemon_was_killed()
    {
        await using var server = await FaultyFileServer.StartAsync();
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        server.Faults.Enqueue(new FileFault { StallAfter = 5 << 20 });
        await daemon.PutAppAsync("sample", Entry(server, server.Put("model.bin", Content)), "--needs", "{files}/sub/model.bin");
        var asked = daemon.Http.GetAsync(new Uri("apps/sample/pid", UriKind.Relative));
        await Eventually.BecomesAsync("GET /homelab/v1/apps", "5 MiB fetched", () => BytesAsync(daemon), bytes => bytes >= 4 << 20);

        await daemon.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asked);
        await daemon.StartAgainAsync();
        await daemon.AppBecomesAsync("sample", "stopped");
        await daemon.GetAsync("apps/sample/pid");
        Assert.Equal(Content, await File.ReadAllBytesAsync(FileOf(daemon, "sample")));
        Assert.Equal(2, server.Requests.Count);
        Assert.Matches("^bytes=[1-9][0-9]{5,}-$", server.RangesAsked[1]);
    }

    [LinuxExecutableFact]
    public async Task Program_may_come_with_the_files()
    {
        await using var server = await FaultyFileServer.StartAsync();
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        var script = System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\nexec {SampleApp.Path} --port \"$1\"\n");
        var sum = server.Put("run.sh", script);
        AppUse.WriteManifest(daemon.ManifestOf("fetched"), $$"""
            name: fetched
            command: [ ./bin/run.sh, "{port}" ]
            env: { DOTNET_ROOT: "{{SampleApp.DotnetRoot}}" }
            files: [ { url: "{{server.At("run.sh")}}", path: bin/run.sh, sha256: {{sum}}, insecure: true } ]

            """);
        await daemon.AppBecomesAsync("fetched", "stopped");

        await daemon.GetAsync("apps/fetched/pid");
        Assert.Contains("sample app listens at ", (await daemon.CommandAsync("apps", "logs", "fetched")).Output, StringComparison.Ordinal);
    }

    [LinuxExecutableFact]
    public async Task Wrong_file_is_never_used_and_the_request_says_why()
    {
        await using var server = await FaultyFileServer.StartAsync();
        await using var daemon = await HomelabProcess.StartAsync(AppUse.Simulated("8GiB"));
        server.Put("model.bin", Content);
        await daemon.PutAppAsync("sample", Entry(server, new string('0', 64)), "--needs", "{files}/sub/model.bin");

        using var answer = await daemon.Http.GetAsync(new Uri("apps/sample/pid", UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(503, (int)answer.StatusCode);
        Assert.True(text.Contains("/model.bin is another file than", StringComparison.Ordinal) && text.Contains("sum", StringComparison.OrdinalIgnoreCase), text);
        Assert.False(File.Exists(FileOf(daemon, "sample")));
    }

    private static string Entry(FaultyFileServer server, string sum) =>
        $"files: [ {{ url: \"{server.At("model.bin")}\", path: sub/model.bin, sha256: {sum}, size: {Content.Length}, insecure: true }} ]";

    private static string FileOf(HomelabProcess daemon, string app) => Path.Combine(daemon.Home.Path, "files", app, "sub", "model.bin");

    private static async Task<long> BytesAsync(HomelabProcess daemon) =>
        (await daemon.AppAsync("sample")) is { } app && app.TryGetProperty("files", out var files) ? files.EnumerateArray().Sum(f => f.GetProperty("bytes").GetInt64()) : 0;
}
