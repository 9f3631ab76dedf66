using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Homelab.Contracts;
using Homelab.Tests.Cli;

namespace Homelab.Tests.Roles.Daemon.Link;

/// <summary>A hub on a free loopback port that holds every heartbeat until the test answers it.</summary>
internal sealed class ScriptedHub : IAsyncDisposable
{
    public const string Token = "hl_join_AAAAAAAA_TokenTokenTokenTokenTokenTokenTo";
    public const string Credential = "hl_node_BBBBBBBB_CredentialCredentialCredentialCr";

    private readonly FakeControlServer _server;
    private readonly Channel<HeldBeat> _beats = Channel.CreateUnbounded<HeldBeat>();
    private readonly CancellationTokenSource _gone = new();

    private ScriptedHub(FakeControlServer server) => _server = server;

    public string Url => _server.Address.GetLeftPart(UriPartial.Authority);

    /// <summary>What machines sent to join.</summary>
    public ConcurrentQueue<JoinWire> Joins { get; } = new();

    /// <summary>Credentials that the list of models was asked for with.</summary>
    public ConcurrentQueue<string> ModelReads { get; } = new();

    /// <summary>The cluster's models.</summary>
    public IReadOnlyList<ModelWire> Models { get; set; } = [];

    /// <summary>Why no token is good; null: every one is.</summary>
    public string? RefusesJoins { get; set; }

    /// <summary>Whether a machine's second credential is another one.</summary>
    public string GivenCredential { get; set; } = Credential;

    public static async Task<ScriptedHub> StartAsync()
    {
        var hub = new ScriptedHub(await FakeControlServer.StartAsync());
        hub._server.OnBody("POST", ControlRoutes.Join, (context, body) =>
        {
            var join = JsonSerializer.Deserialize(body, ContractsJson.Default.JoinWire)!;
            hub.Joins.Enqueue(join);
            if (hub.RefusesJoins is { } why)
            {
                context.Response.StatusCode = 401;
                return FakeControlServer.JsonAsync(context, new ErrorWire(new ErrorDetailWire(why, "authentication_error", null, "invalid_api_key")), ContractsJson.Default.ErrorWire);
            }

            return FakeControlServer.JsonAsync(context, new JoinedWire(join.NodeId, join.Name, hub.GivenCredential, 7), ContractsJson.Default.JoinedWire);
        });
        hub._server.OnBody("POST", ControlRoutes.Heartbeat, async (context, body) =>
        {
            var held = new HeldBeat(JsonSerializer.Deserialize(body, ContractsJson.Default.HeartbeatWire)!, context.Request.Headers.Authorization.ToString(), body);
            hub._beats.Writer.TryWrite(held);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, hub._gone.Token);
            try
            {
                await (await held.Answer.WaitAsync(either.Token))(context);
            }
            catch (OperationCanceledException)
            {
                context.Abort();
            }
        });
        hub._server.On("GET", ControlRoutes.Models, context =>
        {
            hub.ModelReads.Enqueue(context.Request.Headers.Authorization.ToString());
            return FakeControlServer.JsonAsync(context, hub.Models, ContractsJson.Default.IReadOnlyListModelWire);
        });
        return hub;
    }

    /// <summary>The next heartbeat that comes, or came already.</summary>
    public Task<HeldBeat> NextAsync() => _beats.Reader.ReadAsync().AsTask();

    /// <summary>Whether there is one that the test has not seen.</summary>
    public bool HasNext => _beats.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        _beats.Writer.TryComplete();
        await _gone.CancelAsync();
        await _server.DisposeAsync();
        _gone.Dispose();
    }
}
