namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>A place where an engine stands still until the test lets it go on.</summary>
internal interface IEngineHold
{
    /// <summary>Completes when it stands there. For a hold of tokens the stream must have begun.</summary>
    Task ReachedAsync();

    /// <summary>It goes on, now and later.</summary>
    void Release();
}
