using System.Globalization;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Residency;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>Answers who asks for files of this machine, by HTTP or through a hub, and tells it as an event, refusals too. A file system that hangs holds up nobody: each
/// root has a few threads of its own, and whoever waits for one longer than a moment is told so. Any thread.</summary>
/// <param name="node">This machine's name.</param>
/// <param name="roots">What its configuration opened.</param>
/// <param name="files">Reads.</param>
/// <param name="announce">Tells people and programs.</param>
/// <param name="time">For the time limit.</param>
internal sealed class InfraDesk(string node, IReadOnlyList<InfraRoot> roots, IInfraFiles files, Action<Announcement> announce, TimeProvider time)
{
    /// <summary>How long a file system may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int ThreadsPerRoot = 2;

    private readonly Dictionary<string, SemaphoreSlim> _threads = roots.ToDictionary(r => r.Name, _ => new SemaphoreSlim(ThreadsPerRoot), StringComparer.OrdinalIgnoreCase);

    /// <summary>As this machine's configuration says.</summary>
    public static InfraDesk Create(InfraConfig config, HomelabFolder folder, string node, Action<Announcement> announce, TimeProvider time) =>
        new(node, InfraRoot.Of(config), new InfraFiles(node, config.MaxFile.Bytes, new OwnFolder(folder)), announce, time);

    /// <summary>What may be read here.</summary>
    public IReadOnlyList<InfraRootWire> Roots { get; } = [.. roots.Select(r => r.Wire)];

    /// <exception cref="InfraException">It is not shown.</exception>
    public Task<InfraListWire> ListAsync(InfraQueryWire query, CancellationToken cancellation) => TellAsync(
        query,
        () => RunAsync(query, root => files.List(root, query.Path), cancellation),
        list => Announcement.Of(InfraEventTypes.Listed, null, $"{By(query)} listed {Place(query)}", ("by", By(query)), ("root", list.Root), ("path", list.Path)));

    /// <exception cref="InfraException">It is not shown.</exception>
    public Task<InfraFileWire> ReadAsync(InfraQueryWire query, CancellationToken cancellation) => TellAsync(
        query,
        () => RunAsync(query, root => files.Read(root, query.Path, query.OffsetBytes), cancellation),
        file =>
        {
            var (from, bytes) = (file.OffsetBytes.ToString(CultureInfo.InvariantCulture), (file.NextOffsetBytes - file.OffsetBytes).ToString(CultureInfo.InvariantCulture));
            return Announcement.Of(InfraEventTypes.Read, null, $"{By(query)} read {bytes} bytes of {Place(query)} from byte {from} on", ("by", By(query)), ("root", file.Root), ("path", file.Path), ("offset_bytes", from), ("read_bytes", bytes));
        });

    private async Task<T> TellAsync<T>(InfraQueryWire query, Func<Task<T>> work, Func<T, Announcement> told)
    {
        try
        {
            var answer = await work().ConfigureAwait(false);
            announce(told(answer));
            return answer;
        }
        catch (InfraException refused)
        {
            announce(Announcement.Of(
                InfraEventTypes.Refused,
                null,
                $"{By(query)} was refused {Place(query)}: {refused.Message}",
                ("by", By(query)),
                ("root", Printable.OneLine(query.Root ?? "", 64)),
                ("path", Printable.OneLine(query.Path ?? "", 300)),
                ("code", refused.Problem.Code)));
            throw;
        }
    }

    private async Task<T> RunAsync<T>(InfraQueryWire query, Func<InfraRoot, T> work, CancellationToken cancellation)
    {
        var root = InfraRoot.Find(roots, query.Root, node);
        var threads = _threads[root.Name];
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await threads.WaitAsync(either.Token).ConfigureAwait(false);

            // A thread of its own: one of the pool's that hangs is missed by everybody.
            var reading = Task.Factory.StartNew(() => Release(threads, () => work(root)), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
            return await reading.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new InfraException(new InfraProblem(
                InfraProblem.Timeout,
                string.Create(CultureInfo.InvariantCulture, $"the file system of root {root.Name} on {node} has not answered for {Patience.TotalSeconds:0} s; if it is a network's, see whether its server is up")));
        }
    }

    private static T Release<T>(SemaphoreSlim threads, Func<T> work)
    {
        try
        {
            return work();
        }
        finally
        {
            threads.Release();
        }
    }

    private static string By(InfraQueryWire query) => Printable.OneLine(query.By ?? "", 128) is { Length: > 0 } by ? by : "somebody";

    private static string Place(InfraQueryWire query) => Printable.OneLine($"{query.Root}/{query.Path}".TrimEnd('/'), 300);
}
