namespace Homelab.Tests.EndToEnd;

/// <summary>One pair for all the tests of a class that leave it as they found it.</summary>
public sealed class SharedEngineAndDaemon : IAsyncLifetime
{
    private EngineAndDaemon? _pair;

    internal EngineAndDaemon Pair => _pair ?? throw new InvalidOperationException("there is no executable");

    public async Task InitializeAsync()
    {
        if (HomelabExecutable.SkipReason is null)
        {
            _pair = await EngineAndDaemon.StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (_pair is not null)
        {
            await _pair.DisposeAsync();
        }
    }
}
