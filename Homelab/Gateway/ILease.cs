namespace Homelab.Gateway;

/// <summary>One request's hold on a replica, from before it is forwarded until its last byte is written or its client is gone.
/// Disposing returns it; disposing twice returns it once.</summary>
internal interface ILease : IDisposable
{
    /// <summary>Where to send the request.</summary>
    Upstream Upstream { get; }

    /// <summary>The name that the upstream knows the model by; spliced into the body where the client wrote another.</summary>
    string UpstreamModel { get; }

    /// <summary>The model's canonical name, for usage and metrics.</summary>
    string Model { get; }

    /// <summary>How it was reached: <c>local-hot</c>, <c>local-cold</c> or <c>hub</c> at a daemon, <c>cluster-hot</c> or <c>cluster-cold</c> at a hub.</summary>
    string Tier { get; }

    /// <summary>Time spent in the queue, loads included.</summary>
    TimeSpan Waited { get; }

    /// <summary>Of that, time spent loading.</summary>
    TimeSpan Loading { get; }

    /// <summary>Ends when the machine behind it is given up: an answer that has not begun by then is not waited for any longer. A node that is
    /// frozen or cut off closes no connection.</summary>
    CancellationToken Lost => CancellationToken.None;
}
