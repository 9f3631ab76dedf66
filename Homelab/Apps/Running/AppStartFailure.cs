namespace Homelab.Apps.Running;

/// <summary>Why an app could not be started.</summary>
internal enum AppStartFailure
{
    /// <summary>There is nothing that could be started: no program, no folder to work in.</summary>
    Unstartable,

    /// <summary>Its port is taken by another program.</summary>
    PortTaken,

    /// <summary>It ended before it was ready.</summary>
    Ended,

    /// <summary>It was not ready in time.</summary>
    Unhealthy,
}
