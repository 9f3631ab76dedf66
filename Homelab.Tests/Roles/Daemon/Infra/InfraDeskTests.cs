using System.Collections.Concurrent;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Residency;
using Homelab.Roles.Daemon.Infra;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Roles.Daemon.Infra;

/// <summary>Whoever reads is told of, and a file system that hangs holds up nobody.</summary>
public sealed class InfraDeskTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Announcement> _told = new();

    [Fact]
    public async Task Every_read_listing_and_refusal_is_an_event_that_names_who_asked_for_what()
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", "line\n");
        var desk = Desk(folder.Files, TimeProvider.System, folder.Root);

        await desk.ListAsync(new InfraQueryWire("n8n", "logs", ""), CancellationToken.None);
        await desk.ReadAsync(new InfraQueryWire("n8n", "LOGS", "app.log", 2), CancellationToken.None);
        await Assert.ThrowsAsync<InfraException>(() => desk.ReadAsync(new InfraQueryWire("agent\nx", "logs", "../\u001b[31m"), CancellationToken.None));
        await Assert.ThrowsAsync<InfraException>(() => desk.ReadAsync(new InfraQueryWire("", "nowhere", "app.log"), CancellationToken.None));

        Assert.Equal([InfraEventTypes.Listed, InfraEventTypes.Read, InfraEventTypes.Refused, InfraEventTypes.Refused], _told.Select(a => a.Type));
        var read = _told.ElementAt(1);
        Assert.Equal(("n8n", "logs", "app.log", "2", "3"), (read.Data["by"], read.Data["root"], read.Data["path"], read.Data["offset_bytes"], read.Data["read_bytes"]));
        Assert.Equal(InfraProblem.Refused, _told.ElementAt(2).Data["code"]);
        Assert.Equal(("somebody", InfraProblem.RootNotFound), (_told.ElementAt(3).Data["by"], _told.ElementAt(3).Data["code"]));
        Assert.DoesNotContain(_told, a => (a.Message + string.Concat(a.Data.Values)).Any(char.IsControl));
    }

    [Fact]
    public async Task A_root_that_hangs_is_given_up_after_ten_seconds_with_few_threads_and_other_roots_go_on()
    {
        using var folder = new InfraFolder();
        using var files = new HangingFiles(folder.Files, "network");
        folder.Write("app.log", "line\n");
        var time = new FakeTimeProvider();
        var desk = Desk(files, time, folder.Root, folder.Root with { Name = "network" });

        var stuck = Enumerable.Range(0, 20).Select(_ => desk.ReadAsync(new InfraQueryWire("n8n", "network", "app.log"), CancellationToken.None)).ToList();
        await files.Reached(2).WaitAsync(Limit, TimeProvider.System);
        Assert.Equal("line\n", (await desk.ReadAsync(new InfraQueryWire("n8n", "logs", "app.log"), CancellationToken.None).WaitAsync(Limit, TimeProvider.System)).Text);
        time.Advance(InfraDesk.Patience);
        foreach (var read in stuck)
        {
            var late = await Assert.ThrowsAsync<InfraException>(() => read.WaitAsync(Limit, TimeProvider.System));
            Assert.Equal(InfraProblem.Timeout, late.Problem.Code);
            Assert.Contains("root network on tower has not answered for 10 s", late.Message, StringComparison.Ordinal);
        }

        Assert.Equal(2, files.Held);
        files.Release();
        Assert.Equal("line\n", (await desk.ReadAsync(new InfraQueryWire("n8n", "network", "app.log"), CancellationToken.None).WaitAsync(Limit, TimeProvider.System)).Text);
    }

    private InfraDesk Desk(IInfraFiles files, TimeProvider time, params InfraRoot[] roots) => new("tower", roots, files, _told.Enqueue, time);

    /// <summary>A file system one of whose roots does not answer until it is told to.</summary>
    private sealed class HangingFiles(IInfraFiles inner, string root) : IInfraFiles, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _held;
        private int _awaited = int.MaxValue;

        public int Held => Volatile.Read(ref _held);

        public Task Reached(int calls)
        {
            Volatile.Write(ref _awaited, calls);
            Look();
            return _reached.Task;
        }

        public void Release() => _released.Set();

        public InfraListWire List(InfraRoot asked, string? path) => inner.List(asked, path);

        public InfraFileWire Read(InfraRoot asked, string? path, long offset)
        {
            if (asked.Name == root)
            {
                Interlocked.Increment(ref _held);
                Look();
                _released.Wait();
            }

            return inner.Read(asked, path, offset);
        }

        public void Dispose()
        {
            _released.Set();
            _released.Dispose();
        }

        private void Look()
        {
            if (Held >= Volatile.Read(ref _awaited))
            {
                _reached.TrySetResult();
            }
        }
    }
}
