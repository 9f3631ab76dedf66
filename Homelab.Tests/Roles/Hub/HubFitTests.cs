using System.Net;
using Homelab.Contracts;

namespace Homelab.Tests.Roles.Hub;

/// <summary><c>GET /models/fit</c> at the hub: the machines that have the model are asked, and the best answer comes first.</summary>
public sealed class HubFitTests
{
    private const string Model = "qwen3:8b";

    [Fact]
    public async Task Every_machine_that_has_the_model_is_asked_and_the_best_fit_comes_first()
    {
        await using var hub = await HubFixture.StartAsync();
        await ServingAsync(hub, "small", "no", 0);
        var tight = await ServingAsync(hub, "tight", "after_evicting", 32_768);
        await ServingAsync(hub, "large", "yes", 131_072);
        await hub.NodeAsync("without");

        var fit = await hub.GetAsync($"{ControlRoutes.FitModel}?model={Model}&context=8192", ContractsJson.Default.FitWire);

        Assert.Equal(["large", "tight", "small"], fit.Others!.Select(f => f.Node).Prepend(fit.Node));
        var command = Assert.Single(tight.Commands);
        Assert.Equal(("fit", Model, 8_192), (command.Kind, command.Model, command.Context));
    }

    [Fact]
    public async Task One_machine_alone_is_asked_where_it_is_named()
    {
        await using var hub = await HubFixture.StartAsync();
        await ServingAsync(hub, "a", "yes", 8_192);
        var other = await ServingAsync(hub, "b", "yes", 8_192);

        var fit = await hub.GetAsync($"{ControlRoutes.FitModel}?model={Model}&node=a", ContractsJson.Default.FitWire);

        Assert.Equal(("a", null), (fit.Node, fit.Others));
        Assert.Empty(other.Commands);
    }

    [Fact]
    public async Task Model_that_nobody_has_is_404_and_machines_that_cannot_tell_are_503_with_why()
    {
        await using var hub = await HubFixture.StartAsync();
        var old = await hub.NodeAsync("old", n =>
        {
            n.Has(Model);
            n.OnCommand = static c => new CommandResultWire(c.Id, "rejected", "invalid_request", "this machine knows no such command");
        });
        old.Serve();

        Assert.Equal(HttpStatusCode.NotFound, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, $"{ControlRoutes.FitModel}?model=nobody"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, ControlRoutes.FitModel))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, $"{ControlRoutes.FitModel}?model={Model}&context=-1"))).Status);
        var refused = await HeartbeatTests.ErrorOf(hub.SendAsync(HttpMethod.Get, $"{ControlRoutes.FitModel}?model={Model}"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Contains("update homelab there", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<ScriptedNode> ServingAsync(HubFixture hub, string name, string fits, int context)
    {
        var estimate = new EstimateWire(5L << 30, 1L << 30, 1L << 28, 1L << 28, 1, 7L << 30, "metadata", 8_192, 1);
        var node = await hub.NodeAsync(name, n =>
        {
            n.Has(Model);
            n.OnCommand = c => new CommandResultWire(c.Id, "done", Fit: new FitWire(Model, "itself", fits, "why", estimate, [], context, context, 131_072, "qwen3", 20L << 30));
        });
        node.Serve();
        return node;
    }
}
