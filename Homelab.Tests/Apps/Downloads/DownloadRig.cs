using System.Collections.Concurrent;
using Homelab.Apps.Downloads;
using Homelab.Tests.Engines.Ollama;
using Homelab.Tests.Fakes;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Apps.Downloads;

/// <summary>A folder, a server that can go wrong, and downloads from the one into the other; pauses take no time.</summary>
internal sealed class DownloadRig : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly TimeProvider _time;

    private DownloadRig(FaultyFileServer server, DownloadOptions options, TimeProvider time)
    {
        Server = server;
        _time = time;
        Options = options with { Folder = Folder };
        Downloads = Create();
    }

    public FaultyFileServer Server { get; }

    public DownloadOptions Options { get; set; }

    public AppDownloads Downloads { get; private set; }

    public ConcurrentQueue<FileProgress> Progress { get; } = new();

    public string Folder => _folder.At("files");

    public string Parts => _folder.At("files", ".parts");

    public static async Task<DownloadRig> StartAsync(Func<DownloadOptions, DownloadOptions>? configure = null, TimeProvider? time = null)
    {
        // Pauses of up to half a minute pass at once, and these are none.
        var options = new DownloadOptions("") { Connect = TimeSpan.FromSeconds(60) };
        return new DownloadRig(await FaultyFileServer.StartAsync(), configure?.Invoke(options) ?? options, time ?? new HastyTime());
    }

    /// <summary>Bytes that repeat nowhere, so that a part in the wrong place shows.</summary>
    public static byte[] Content(int length, int seed = 1)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <summary>Puts a file on the server and gives the demand for it.</summary>
    public FileDemand Offer(byte[] content, string path = "model.bin", bool withSum = true)
    {
        var sum = Server.Put(path, content);
        return new FileDemand(Server.At(path), path, withSum ? sum : null, null, null, Insecure: true);
    }

    public Task EnsureAsync(string app, params FileDemand[] files) => EnsureAsync(app, CancellationToken.None, files);

    public Task EnsureAsync(string app, CancellationToken cancellation, params FileDemand[] files) =>
        Downloads.EnsureAsync(app, [.. files], cancellation).WaitAsync(Patience);

    public async Task<string> FailAsync(string app, params FileDemand[] files) =>
        (await Assert.ThrowsAsync<DownloadException>(() => EnsureAsync(app, files))).Message;

    /// <summary>The daemon ends and another one starts over the same folder.</summary>
    public async Task RestartAsync()
    {
        await Downloads.DisposeAsync();
        Downloads = Create();
    }

    public string At(string app, string path = "model.bin") => Path.Combine(Folder, app, path);

    public byte[] Read(string app, string path = "model.bin") => File.ReadAllBytes(At(app, path));

    /// <summary>The part of a demand; empty where there is none.</summary>
    public byte[] Part(FileDemand demand) => File.Exists(PartPath(demand)) ? File.ReadAllBytes(PartPath(demand)) : [];

    public string PartPath(FileDemand demand) => Path.Combine(Parts, demand.Key + ".part");

    /// <summary>Waits until something has come true.</summary>
    public static async Task UntilAsync(string what, Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"waited in vain until {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Downloads.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private AppDownloads Create() => new(Options, _time, Progress.Enqueue);
}
