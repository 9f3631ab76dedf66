using Homelab.Tests.EndToEnd.Engines;

namespace Homelab.Tests.EndToEnd;

/// <summary>Bounded waits for what another process must bring about.</summary>
internal static class Phases
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until the engine stands at the hold.</summary>
    public static async Task ReachedAsync(this IEngineHold hold, EngineAndDaemon pair)
    {
        try
        {
            await hold.ReachedAsync().WaitAsync(Limit, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"the engine did not come to the hold within {Limit}; it: {pair.Engine.Trace}\n{pair.Daemon.Log}");
        }
    }

    /// <summary>The whole body, or a failure that says how far everybody came.</summary>
    public static async Task<string> TextAsync(this HttpResponseMessage answer, EngineAndDaemon pair)
    {
        try
        {
            return await answer.Content.ReadAsStringAsync().WaitAsync(Limit, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"the answer did not end within {Limit}; the engine: {pair.Engine.Trace}\n{pair.Daemon.Log}");
            throw;
        }
    }
}
