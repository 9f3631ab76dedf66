namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>An Ollama behind the daemon as far as a scenario can see and disturb it, whichever it is.</summary>
internal interface ITestEngine : IAsyncDisposable
{
    /// <summary>Where it answers, for the test's own requests beside the daemon's.</summary>
    Uri Address { get; }

    /// <summary>Lines under <c>daemon:</c> for it: its address, and devices so small that <see cref="EngineAndDaemon.First"/> and
    /// <see cref="EngineAndDaemon.Second"/> do not fit together.</summary>
    string Configuration { get; }

    /// <summary>How often a model was put into memory so far: loads and reloads.</summary>
    int Starts { get; }

    /// <summary>What it was asked or logged last, for failure messages.</summary>
    string Trace { get; }

    /// <summary>Names of the loaded models as it lists them.</summary>
    Task<IReadOnlyList<string>> LoadedAsync();

    /// <summary>From here on loads do not end before the hold is released.</summary>
    IEngineHold HoldLoads();

    /// <summary>From here on a stream that has begun stands still until the hold is released.</summary>
    IEngineHold HoldTokens();

    /// <summary>The next stream loses its runner after it has begun.</summary>
    /// <returns>To be called once it has; does nothing where it is lost by itself.</returns>
    Func<Task> CrashNextStream();

    /// <summary>The runner of the next load dies in the middle of it.</summary>
    /// <returns>To be awaited while the load goes on.</returns>
    Func<Task> CrashNextLoad();

    /// <summary>Ends all holds.</summary>
    void ReleaseAll();

    /// <summary>The whole engine dies, with what it runs.</summary>
    Task GoDownAsync();

    /// <summary>It is back at the same address, with nothing loaded.</summary>
    Task ComeBackAsync();
}
