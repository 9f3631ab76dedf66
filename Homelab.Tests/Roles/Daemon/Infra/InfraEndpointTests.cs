using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Tests.Cli;

namespace Homelab.Tests.Roles.Daemon.Infra;

/// <summary>The files of a machine by its daemon's control API.</summary>
public sealed class InfraEndpointTests
{
    private const string Key = "sk-of-this-daemon-0123456789";

    [Fact]
    public async Task A_daemon_shows_its_roots_folders_and_files_and_tells_who_read_them()
    {
        using var folder = new InfraFolder();
        folder.Write("nginx/access.log", "GET / 200\nGET /v1 200\n");
        await using var daemon = await RunningDaemon.StartAsync(Configuration(folder));

        var node = Assert.Single(await GetAsync(daemon, ControlRoutes.Infra, ContractsJson.Default.IReadOnlyListInfraNodeWire));
        Assert.Equal(("tower", "live", "logs"), (node.Name, node.State, Assert.Single(node.Roots).Name));
        var list = await GetAsync(daemon, "/homelab/v1/infra/tower/logs?path=nginx", ContractsJson.Default.InfraListWire);
        Assert.Equal(("access.log", "file", 22L), (list.Entries[0].Name, list.Entries[0].Kind, list.Entries[0].SizeBytes));
        var file = await GetAsync(daemon, $"/homelab/v1/infra/{node.Id}/LOGS/file?path=nginx%2Faccess.log&offset=10", ContractsJson.Default.InfraFileWire);
        Assert.Equal(("tower", "logs", "nginx/access.log", "GET /v1 200\n", 22L, false), (file.Node, file.Root, file.Path, file.Text, file.NextOffsetBytes, file.Truncated));

        var events = await daemon.ReadAsync(ControlRoutes.Events + "?follow=false");
        Assert.Contains("event: " + InfraEventTypes.Listed, events, StringComparison.Ordinal);
        Assert.Contains("local read 12 bytes of LOGS/nginx/access.log from byte 10 on", events, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tower/logs/file?path=../outside.log", 403, InfraProblem.Refused, "goes down only")]
    [InlineData("tower/logs/file?path=%252e%252e/outside.log", 404, InfraProblem.NotFound, "there is no")]
    [InlineData("tower/logs/file?path=.env", 403, InfraProblem.Refused, "keys or passwords")]
    [InlineData("tower/logs/file?path=gone.log", 404, InfraProblem.NotFound, "list the folder above")]
    [InlineData("tower/logs/file?path=app.log&offset=x", 400, InfraProblem.Invalid, "offset must be a number")]
    [InlineData("tower/logs/file?path=app.log&offset=99", 400, InfraProblem.Invalid, "begin again at 0")]
    [InlineData("tower/logs/file", 400, InfraProblem.Invalid, "a path names the file")]
    [InlineData("tower/nowhere?path=", 404, InfraProblem.RootNotFound, "it has logs")]
    [InlineData("attic/logs?path=", 404, InfraProblem.NodeNotFound, "ask the hub")]
    [InlineData("?node=attic", 404, InfraProblem.NodeNotFound, "ask the hub")]
    public async Task What_is_refused_says_why_and_what_to_do(string call, int status, string code, string says)
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", "line\n");
        folder.Write(".env", "A=b\n");
        await using var daemon = await RunningDaemon.StartAsync(Configuration(folder));

        using var answer = await daemon.Http.GetAsync(new Uri(ControlRoutes.Infra + (call[0] == '?' ? "" : "/") + call, UriKind.Relative));

        var error = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ContractsJson.Default.ErrorWire)!.Error;
        Assert.Equal((status, code), ((int)answer.StatusCode, error.Code));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal("false", answer.Headers.GetValues("x-should-retry").Single());
    }

    [Fact]
    public async Task Without_roots_nothing_is_shown_and_the_answer_says_where_to_open_one()
    {
        await using var daemon = await RunningDaemon.StartAsync("node: { name: tower }\n");

        Assert.Empty(Assert.Single(await GetAsync(daemon, ControlRoutes.Infra, ContractsJson.Default.IReadOnlyListInfraNodeWire)).Roots);
        Assert.Contains("infra.roots", await daemon.ReadAsync("/homelab/v1/infra/tower/logs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_elsewhere_a_key_is_needed()
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", "line\n");
        await using var daemon = await RunningDaemon.StartAsync(Configuration(folder) + $"daemon: {{ api_keys: [ {Key} ] }}\n");
        foreach (var path in (string[])[ControlRoutes.Infra, "/homelab/v1/infra/tower/logs", "/homelab/v1/infra/tower/logs/file?path=app.log"])
        {
            Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await FarAsync(daemon, path, null), await FarAsync(daemon, path, "sk-another-0123456789"), await FarAsync(daemon, path, Key)));
        }
    }

    private static string Configuration(InfraFolder folder) => $"node: {{ name: tower }}\ninfra:\n  roots: [ {{ name: logs, path: \"{folder.At().Replace('\\', '/')}\", include: [ \"**\" ] }} ]\n";

    private static async Task<HttpStatusCode> FarAsync(RunningDaemon daemon, string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using var answer = await daemon.Http.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<T> GetAsync<T>(RunningDaemon daemon, string path, JsonTypeInfo<T> type)
    {
        using var answer = await daemon.Http.GetAsync(new Uri(path, UriKind.Relative));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {body}");
        return JsonSerializer.Deserialize(body, type)!;
    }
}
