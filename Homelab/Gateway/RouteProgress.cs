namespace Homelab.Gateway;

/// <summary>How far a waiting request is. Written by the router, read by the gateway for its keep-alive comments; safe from any thread.</summary>
internal sealed class RouteProgress
{
    private volatile ProgressReport? _current;

    /// <summary>The last report; null before the first.</summary>
    public ProgressReport? Current
    {
        get => _current;
        set => _current = value;
    }
}
