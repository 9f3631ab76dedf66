using System.Net;
using System.Text.Json;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Cluster;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Persistence.Sqlite;
using Homelab.Roles.Hub;
using Homelab.Roles.Hub.Keys;
using Homelab.Telemetry;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Hub;

/// <summary>Every endpoint of the hub against every kind of caller, from the list of endpoints itself.</summary>
public sealed class HubAccessTests
{
    private static readonly string[] Read = ["GET"];

    [Fact]
    public async Task Every_endpoint_declares_who_may_call_it()
    {
        await using var mapped = await MappedHub.MakeAsync();

        Assert.NotEmpty(mapped.Endpoints);
        Assert.DoesNotContain(mapped.Endpoints, e => e.Rule is null);
    }

    [Fact]
    public async Task Whatever_changes_something_is_for_admins_but_what_machines_call()
    {
        await using var mapped = await MappedHub.MakeAsync();

        foreach (var (method, path, rule) in mapped.Endpoints)
        {
            var expected = path switch
            {
                "/healthz" or "/readyz" or ControlRoutes.Join => AccessRule.Open,
                ControlRoutes.Heartbeat => AccessRule.Node,
                // What an app printed may hold anything.
                ControlRoutes.Keys or ControlRoutes.Usage or ControlRoutes.AppLogs => AccessRule.Admin,
                ControlRoutes.Infra or ControlRoutes.InfraFolder or ControlRoutes.InfraFile => AccessRule.Infra,
                _ => Read.Contains(method) ? AccessRule.Client : AccessRule.Admin,
            };
            Assert.True(expected == rule, $"{method} {path} is {rule}, not {expected}");
        }
    }

    [Fact]
    public async Task The_document_lists_every_endpoint_of_the_control_api_and_no_other()
    {
        await using var mapped = await MappedHub.MakeAsync();
        await using var hub = await HubFixture.StartAsync();
        using var document = JsonDocument.Parse(await hub.TextAsync(ControlRoutes.OpenApi));

        var listed = document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Where(o => o.Name is "get" or "post" or "put" or "delete").Select(o => $"{o.Name.ToUpperInvariant()} {p.Name}")).Order(StringComparer.Ordinal);
        var served = mapped.Endpoints.Where(e => e.Path.StartsWith(ControlRoutes.Prefix, StringComparison.Ordinal) && e.Path != ControlRoutes.OpenApi).Select(e => $"{e.Method} {e.Path}").Order(StringComparer.Ordinal);

        Assert.Equal(served, listed);
    }

    [Fact]
    public async Task Every_endpoint_keeps_to_its_rule_for_every_kind_of_caller()
    {
        await using var mapped = await MappedHub.MakeAsync();
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a");
        var (service, scoped, token) = (await hub.KeyAsync("service"), await hub.KeyAsync("scoped", ["nothing:*"]), await hub.JoinTokenAsync());
        (string Who, string? Key, bool Far, Func<AccessRule, bool> May)[] callers =
        [
            ("nobody from elsewhere", null, true, r => r == AccessRule.Open),
            ("nobody on loopback", null, false, r => r != AccessRule.Node),
            ("a service key", service, true, r => r is AccessRule.Open or AccessRule.Client),
            ("a scoped key", scoped, true, r => r is AccessRule.Open or AccessRule.Client),
            ("the admin key", hub.AdminKey, true, r => r != AccessRule.Node),
            ("a node's credential", node.Credential, true, r => r is not (AccessRule.Admin or AccessRule.Infra)),
            ("a join token", token, true, r => r == AccessRule.Open),
            ("a wrong key", "hl_key_abcdefgh_" + new string('0', 32), true, r => r == AccessRule.Open),
            ("a wrong node credential on loopback", "hl_node_abcdefgh_" + new string('0', 32), false, r => r != AccessRule.Node),
        ];
        var wrong = new List<string>();
        foreach (var (method, path, rule) in mapped.Endpoints)
        {
            foreach (var (who, key, far, may) in callers)
            {
                // Nothing that is let in changes anything: there is no such node, key or model.
                var target = path.Replace("{id}", "nobody-at-all", StringComparison.Ordinal) + (path switch { ControlRoutes.Events => "?follow=false", ControlRoutes.Infra => "?node=nobody-at-all", _ => "" });
                using var answer = await hub.SendAsync(new HttpMethod(method), target, method == "POST" ? "[]" : method == "DELETE" && path == ControlRoutes.Models ? "[]" : null, key, far);
                var refused = answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests;
                if (refused == may(rule!.Value) || (int)answer.StatusCode >= 500 && path != "/readyz")
                {
                    wrong.Add($"{method} {path} ({rule}) for {who}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task What_no_route_serves_is_404_for_everybody_and_another_method_405()
    {
        await using var hub = await HubFixture.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Get, "/homelab/v1/secrets", far: true)));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await HeartbeatTests.StatusOf(hub.SendAsync(HttpMethod.Put, ControlRoutes.Keys, "{}")));
    }

    [Fact]
    public async Task A_nodes_credential_is_no_clients_key()
    {
        await using var hub = await HubFixture.StartAsync();
        var node = await hub.NodeAsync("a", n => n.Holds("qwen3:8b"));

        Assert.Equal(HttpStatusCode.Forbidden, await HeartbeatTests.StatusOf(hub.ChatAsync("qwen3:8b", node.Credential)));
    }

    /// <summary>The hub's endpoints as they are mapped, without a server that runs.</summary>
    private sealed class MappedHub : IAsyncDisposable
    {
        private readonly List<IAsyncDisposable> _owned = [];

        public IReadOnlyList<(string Method, string Path, AccessRule? Rule)> Endpoints { get; private set; } = [];

        public static Task<MappedHub> MakeAsync()
        {
            var made = new MappedHub();
            var config = new HomelabConfig();
            config.Hub.Listen = ["127.0.0.1:0"];
            var time = new FakeTimeProvider();
            var (store, source, metrics, clock, settings) = (new SqliteClusterStore(null, time), new KeySource(KeyRing.Empty), new HomelabMetrics(), new RoleClock(time), HubSettings.From(config));
            var keys = new HubKeys(config.Hub, store, source, time);
            var dispatches = new DispatchTable();
            var loop = new ClusterLoop(new ClusterSnapshot { Epoch = 1, Policy = settings.Policy }, dispatches, clock, NullLogger.Instance);
            var aliases = new ClusterAliases(settings.Aliases, store);
            var parts = new HubParts(settings, clock, store, keys, loop, new ClusterCatalog(aliases, () => loop.Snapshot, time), aliases, new NodeLinks(time), dispatches, new BeatDesk(time), new CommandDesk(loop, 1), new EventFeed(time, null, metrics), metrics, NullLogger.Instance);
            var router = new HubRouter(parts);
            var usage = new HubUsage(metrics, store, keys, time);
            var (app, surface) = HubApplication.Build(config.Hub, new GatewayOptions { NodeName = "hub", Keys = source }, parts, HubHost.Endpoints(parts, router, usage, CancellationToken.None), router, usage);
            surface.Dispose();
            made._owned.Add(app);
            made.Endpoints = [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(static d => d.Endpoints).OfType<RouteEndpoint>().SelectMany(e =>
                (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(m => (m, e.RoutePattern.RawText!, e.Metadata.GetMetadata<AccessMetadata>()?.Rule)))];
            return Task.FromResult(made);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var owned in _owned)
            {
                await owned.DisposeAsync();
            }
        }
    }
}
