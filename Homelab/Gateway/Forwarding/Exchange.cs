using Homelab.Gateway.Bodies;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Routes;

namespace Homelab.Gateway.Forwarding;

/// <summary>One request under way: what it asked, how far its answer is, and what will be recorded of it. Used by one request's flow only.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly TimeProvider _time;

    public Exchange(HttpContext context, RouteEntry route, Principal principal, RequestWatch watch, TimeProvider time)
    {
        Context = context;
        Route = route;
        Principal = MachineHeaders.ReadAsker(principal, context.Request.Headers);
        Hops = MachineHeaders.ReadHops(principal, context.Request.Headers);
        Origin = MachineHeaders.ReadOrigin(principal, context.Request.Headers);
        Watch = watch;
        _time = time;
        Started = time.GetTimestamp();
        RequestId = RequestIds.Of(context);
    }

    public HttpContext Context { get; }

    public RouteEntry Route { get; }

    public Dialect Dialect => Route.Dialect;

    public Principal Principal { get; }

    public RequestWatch Watch { get; }

    public string RequestId { get; }

    public long Started { get; }

    /// <summary>The whole body; owned.</summary>
    public RequestBody? Body { get; set; }

    public BodyFacts Facts { get; set; } = new();

    /// <summary>Content type towards the upstream.</summary>
    public string ContentType { get; set; } = "application/json";

    /// <summary>Whether the client asked for a stream.</summary>
    public bool Stream { get; set; }

    /// <summary>How often it was delegated before it came here.</summary>
    public int Hops { get; }

    /// <summary>The node that delegated it; null where a client sent it here.</summary>
    public string? Origin { get; }

    /// <summary>Whether an engine may have seen it: then nobody may try it elsewhere.</summary>
    public bool Reached { get; set; }

    /// <summary>What an answer must be relieved of; null where the upstream knows the model by a name that anybody may see.</summary>
    public ModelRename? Rename { get; set; }

    /// <summary>Whether a <c>200</c> and comments went out before the upstream answered.</summary>
    public bool Begun { get; set; }

    /// <summary>Whether a stream sends nothing before its upstream answered: the machine that delegated it comforts the client itself, and a refusal can
    /// only send the request elsewhere while the status is not out.</summary>
    public bool IsHeldBack => Hops > 0 && Stream && Route.StreamsEvents;

    public ForwardOutcome Outcome { get; set; } = ForwardOutcome.Refused;

    /// <summary>Canonical name, once a lease told it.</summary>
    public string? Model { get; set; }

    public string? Tier { get; set; }

    /// <summary>Who serves it, by name.</summary>
    public string? Node { get; set; }

    public TokenCounts Tokens { get; set; }

    public TimeSpan? FirstByte { get; set; }

    /// <summary>Time before the upstream was asked, waiting for the lease not counted.</summary>
    public TimeSpan Overhead { get; set; }

    /// <summary>Time that it waited for the lease that served it.</summary>
    public TimeSpan Waited { get; set; }

    public TimeSpan Elapsed => _time.GetElapsedTime(Started);

    /// <summary>Sends a refusal in whatever way is still open: an answer, a stream's last event, or a cut connection.</summary>
    public async Task FailAsync(GatewayError error, ForwardOutcome outcome)
    {
        Outcome = outcome;
        Watch.Rest();
        if (Begun)
        {
            await SayAsync(ErrorFormat.StreamEvent(Dialect, error));
        }
        else if (!Context.Response.HasStarted)
        {
            if (Hops > 0 && !Reached)
            {
                Context.Response.Headers[MachineHeaders.Refused] = error.Code;
            }

            await ErrorAnswer.WriteAsync(Context, Dialect, error);
        }
        else
        {
            Context.Abort();
        }
    }

    /// <summary>Writes to a stream that has begun. Ends quietly where the client is gone.</summary>
    public async Task SayAsync(ReadOnlyMemory<byte> bytes)
    {
        Watch.AwaitClient();
        try
        {
            // The last words come after a time-out has ended the watch's own token.
            await Context.Response.BodyWriter.WriteAsync(bytes, Watch.Token.IsCancellationRequested ? Context.RequestAborted : Watch.Token);
        }
        catch (OperationCanceledException)
        {
            // The client left or does not read; whoever waits next learns it from the token.
        }

        Watch.Rest();
    }

    /// <summary>What is recorded of it, once it has ended.</summary>
    public RequestRecord ToRecord() => new(
        Principal.Name,
        Model,
        Route.Template,
        Tier,
        Outcome == ForwardOutcome.ClientGone && !Context.Response.HasStarted ? 499 : Context.Response.StatusCode,
        Outcome,
        Elapsed,
        FirstByte,
        Overhead,
        Tokens.Prompt,
        Tokens.Completion,
        Node)
    {
        Waited = Waited,
    };

    public void Dispose()
    {
        Watch.Dispose();
        Body?.Dispose();
    }
}
