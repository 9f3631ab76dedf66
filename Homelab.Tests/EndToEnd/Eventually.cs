namespace Homelab.Tests.EndToEnd;

/// <summary>Waits for another process to come to a state that it cannot announce.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until the answer is right; a wait that is too long says what was expected of whom and what came last.</summary>
    public static async Task<T> BecomesAsync<T>(string what, string expected, Func<Task<T>> ask, Func<T, bool> isRight, int limitSeconds = 20)
    {
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var actual = await ask();
            if (isRight(actual))
            {
                return actual;
            }

            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(limitSeconds))
            {
                Assert.Fail($"{what}: expected {expected} within {limitSeconds} s, last seen: {actual}");
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
