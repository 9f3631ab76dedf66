using Homelab.Contracts;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Roles.Daemon.Link;

/// <summary>A heartbeat that a hub has and has not answered yet.</summary>
internal sealed class HeldBeat(HeartbeatWire beat, string authorization, string body)
{
    private readonly TaskCompletionSource<RequestDelegate> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeartbeatWire Beat => beat;

    /// <summary>As it came.</summary>
    public string Body => body;

    public string Authorization => authorization;

    public bool IsAnswered => _answer.Task.IsCompleted;

    /// <summary>How the hub answers, once the test has said.</summary>
    public Task<RequestDelegate> Answer => _answer.Task;

    /// <summary>Acknowledges it.</summary>
    /// <param name="change">What the answer says beside the usual.</param>
    public void Ack(Func<HeartbeatAckWire, HeartbeatAckWire>? change = null)
    {
        var ack = new HeartbeatAckWire(beat.Sequence, 7, 5, false, beat.Name, false, 1);
        _answer.TrySetResult(context => Homelab.Tests.Cli.FakeControlServer.JsonAsync(context, change?.Invoke(ack) ?? ack, ContractsJson.Default.HeartbeatAckWire));
    }

    /// <summary>Acknowledges it and sends commands along.</summary>
    public void Command(params HubCommandWire[] commands) => Ack(ack => ack with { Commands = commands });

    public void Refuse(int status, string code, string message) => _answer.TrySetResult(context =>
    {
        context.Response.StatusCode = status;
        return Homelab.Tests.Cli.FakeControlServer.JsonAsync(context, new ErrorWire(new ErrorDetailWire(message, "api_error", null, code)), ContractsJson.Default.ErrorWire);
    });

    /// <summary>Its connection breaks.</summary>
    public void Drop() => _answer.TrySetResult(context =>
    {
        context.Abort();
        return Task.CompletedTask;
    });
}
