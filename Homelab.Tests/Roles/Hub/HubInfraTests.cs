using System.Net;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;

namespace Homelab.Tests.Roles.Hub;

/// <summary>The files of the cluster's machines by the hub's control API: who may ask, what a machine is asked, and what is said where it does not answer.</summary>
public sealed class HubInfraTests
{
    private const string File = "/homelab/v1/infra/a/logs/file?path=app.log&offset=5";

    [Fact]
    public async Task A_machine_is_asked_in_the_name_of_the_key_and_what_it_answers_is_shown_and_told()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await ServingAsync(hub, "a");
        var key = await hub.KeyAsync("mcp", infra: true);

        var roots = await hub.GetAsync(ControlRoutes.Infra, ContractsJson.Default.IReadOnlyListInfraNodeWire, key);
        var list = await hub.GetAsync("/homelab/v1/infra/a/logs", ContractsJson.Default.InfraListWire, key);
        var file = await hub.GetAsync(File, ContractsJson.Default.InfraFileWire, key);

        Assert.Equal(("a", "live", "logs", null), (roots[0].Name, roots[0].State, roots[0].Roots[0].Name, roots[0].Problem));
        Assert.Equal(("a", "app.log"), (list.Node, list.Entries[0].Name));
        Assert.Equal(("a", "line two\n", 5L), (file.Node, file.Text, file.OffsetBytes));
        Assert.Equal(["infra_roots", "infra_list", "infra_read"], node.Commands.Select(c => c.Kind));
        Assert.Equal(new InfraQueryWire("mcp", "logs", "app.log", 5), node.Commands[^1].Infra);
        var read = (await hub.EventsAsync()).Single(e => e.Type == InfraEventTypes.Read);
        Assert.Equal(("a", "mcp", "logs", "app.log"), (read.Node, read.Data["by"], read.Data["root"], read.Data["path"]));
    }

    [Fact]
    public async Task Only_admins_and_keys_made_for_it_may_read_files()
    {
        await using var hub = await HubFixture.StartAsync(c => c.Hub.ServiceKeys.AddRange(
        [
            new ServiceKeyConfig { Name = "reader", Key = "sk-configured-reader-01", Infra = true },
            new ServiceKeyConfig { Name = "plain", Key = "sk-configured-plain-01" },
        ]));
        var node = await ServingAsync(hub, "a");
        var completions = await hub.KeyAsync("completions");
        foreach (var path in (string[])[ControlRoutes.Infra, "/homelab/v1/infra/a/logs", File])
        {
            foreach (var key in (string[])[await hub.KeyAsync("infra" + path.Length, infra: true), await hub.KeyAsync("admin" + path.Length, admin: true), "sk-configured-reader-01"])
            {
                using var answer = await hub.SendAsync(HttpMethod.Get, path, key: key, far: true);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }

            foreach (var key in (string[])[completions, "sk-configured-plain-01", node.Credential])
            {
                var refused = await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, path, key: key, far: true));
                Assert.Equal((HttpStatusCode.Forbidden, "insufficient_permissions"), (refused.Status, refused.Code));
                Assert.Contains("--infra", refused.Message, StringComparison.Ordinal);
            }

            Assert.Equal(HttpStatusCode.Unauthorized, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, path, far: true))).Status);
        }

        // The scope opens files and nothing else, outlives the hub and is shown.
        var reader = await hub.KeyAsync("reads", infra: true);
        using var load = await hub.SendAsync(HttpMethod.Post, ControlRoutes.LoadModel, """{"model":"qwen3:8b"}""", reader, far: true);
        Assert.Equal(HttpStatusCode.Forbidden, load.StatusCode);
        Assert.True((await hub.GetAsync(ControlRoutes.Keys, ContractsJson.Default.IReadOnlyListKeyWire)).Single(k => k.Name == "reads").Infra);
        await hub.RestartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, "/homelab/v1/infra/nobody/logs", key: reader, far: true))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, "/homelab/v1/infra/nobody/logs", key: completions, far: true))).Status);
    }

    [Fact]
    public async Task A_machine_that_is_unknown_silent_too_old_or_refuses_is_named_with_why_and_what_next()
    {
        await using var hub = await HubFixture.StartAsync();
        await ServingAsync(hub, "a", static c => new CommandResultWire(c.Id, "failed", InfraProblem.Refused, "'logs/.env' on a is not shown: '.env' is a name under which keys or passwords are kept"));
        await ServingAsync(hub, "old", static c => new CommandResultWire(c.Id, "rejected", "invalid_request", "this machine knows no such command"));
        await ServingAsync(hub, "empty", static c => new CommandResultWire(c.Id, "done"));

        await IsAsync(hub, "a", HttpStatusCode.Forbidden, InfraProblem.Refused, "keys or passwords");
        await IsAsync(hub, "old", HttpStatusCode.NotImplemented, InfraProblem.NotSupported, "old runs homelab 1.2.3, which cannot show files; update homelab there");
        await IsAsync(hub, "empty", HttpStatusCode.BadGateway, InfraProblem.Failed, "ask again");
        await IsAsync(hub, "nobody", HttpStatusCode.NotFound, InfraProblem.NodeNotFound, "homelab nodes lists them");

        var roots = await hub.GetAsync(ControlRoutes.Infra, ContractsJson.Default.IReadOnlyListInfraNodeWire);
        Assert.Contains("update homelab", roots.Single(n => n.Name == "old").Problem, StringComparison.Ordinal);
        Assert.Equal(4, (await hub.EventsAsync()).Count(e => e.Type == InfraEventTypes.Refused));
    }

    [Fact]
    public async Task A_machine_that_does_not_take_the_question_or_is_lost_is_told_in_time()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.NodeAsync("a");
        var asked = HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, File));
        await hub.AdvanceUntilAsync("the question is given up", TimeSpan.FromSeconds(1), () => Task.FromResult(asked.IsCompleted));
        var silent = await asked;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, silent.Status);
        Assert.Contains("a did not take the question within 20 s", silent.Message, StringComparison.Ordinal);

        await hub.AdvanceUntilAsync("a is lost", TimeSpan.FromSeconds(1), async () => await hub.StateOfAsync("a") == "lost");
        await IsAsync(hub, "a", HttpStatusCode.ServiceUnavailable, "no_live_nodes", "homelab nodes");
    }

    [Fact]
    public async Task A_machine_brings_nothing_of_what_another_one_was_asked()
    {
        await using var hub = await HubFixture.StartAsync();
        var asked = await hub.NodeAsync("a");
        var other = await hub.NodeAsync("b");
        var reading = hub.GetAsync(File, ContractsJson.Default.InfraFileWire);
        HubCommandWire? command = null;
        await hub.UntilAsync("a has the question", async () => (command = (await asked.BeatAsync()).Commands?.SingleOrDefault()) is not null);
        (await other.SendAsync(other.Next() with { Results = [Answer(command!, "forged")!] })).Dispose();
        asked.Result(Answer(command!, "true")!);
        await asked.BeatAsync();

        Assert.Equal("true", (await reading.WaitAsync(HubFixture.Limit, TimeProvider.System)).Text);
    }

    private static async Task IsAsync(HubFixture hub, string node, HttpStatusCode status, string code, string says)
    {
        var error = await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, $"/homelab/v1/infra/{node}/logs/file?path=.env"));
        Assert.Equal((status, code), (error.Status, error.Code));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private static async Task<ScriptedNode> ServingAsync(HubFixture hub, string name, Func<HubCommandWire, CommandResultWire?>? answers = null)
    {
        var node = await hub.NodeAsync(name, n => n.OnCommand = answers ?? (static c => Answer(c, "line two\n")));
        node.Serve();
        return node;
    }

    private static CommandResultWire? Answer(HubCommandWire command, string text) => new(command.Id, "done", Infra: command.Kind switch
    {
        "infra_roots" => new InfraAnswerWire(Roots: [new InfraRootWire("logs", "/var/log", ["**/*.log"])]),
        "infra_list" => new InfraAnswerWire(List: new InfraListWire("?", "logs", "", [new InfraEntryWire("app.log", "file", 14)])),
        _ => new InfraAnswerWire(File: new InfraFileWire("?", "logs", "app.log", 14, DateTimeOffset.UnixEpoch, command.Infra!.OffsetBytes, 14, false, text)),
    });
}
