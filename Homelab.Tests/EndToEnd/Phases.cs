using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd;

/// <summary>Bounded waits for what another process must bring about.</summary>
internal static class Phases
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until somebody stands at the hold.</summary>
    public static async Task ReachedAsync(this FakeOllamaHold hold, EngineAndDaemon pair)
    {
        try
        {
            await hold.Reached.WaitAsync(Limit, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"the engine was not asked to come to the hold within {Limit}; asked for: {Asked(pair)}\n{pair.Daemon.Log}");
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
            Assert.Fail($"the answer did not end within {Limit}; the engine was asked for: {Asked(pair)}\n{pair.Daemon.Log}");
            throw;
        }
    }

    private static string Asked(EngineAndDaemon pair) => string.Join(", ", pair.Engine.Requests.Select(r => $"{r.Method} {r.Path}").TakeLast(20));
}
