using System.Net;

namespace Homelab.Apps.Downloads;

/// <summary>Limits of the downloads, and the seams at which tests replace the network and the disk.</summary>
/// <param name="Folder">Holds a folder for each app, and <c>.parts</c>.</param>
internal sealed record DownloadOptions(string Folder)
{
    /// <summary>Transfers at a time, of all apps together.</summary>
    public int Parallel { get; init; } = 3;

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long one of a host's addresses may take to be reached.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Tries in a row that bring no new byte, before it is given up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Tries, over a whole transfer, that bring less than <see cref="WorthwhileBytes"/>, before it is given up: a server that sends a byte and hangs up cannot hold us for ever.</summary>
    public int MeagreAttempts { get; init; } = 50;

    /// <summary>What a try must bring to count as progress.</summary>
    public long WorthwhileBytes { get; init; } = 1 << 20;

    /// <summary>The pause before the second try; it doubles, up to half a minute.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause that a server may ask for with Retry-After; if it asks for more, the download fails and says so.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Largest file where the demand names no size.</summary>
    public long MaximumSize { get; init; } = 256L << 30;

    /// <summary>Bytes of the disk that are left alone.</summary>
    public long Reserve { get; init; } = 256L << 20;

    /// <summary>How long a part is kept that nobody asks for.</summary>
    public TimeSpan KeepParts { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Free bytes of the file system that holds a folder.</summary>
    public Func<string, long> FreeSpace { get; init; } = static folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>The addresses of a host name.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = static (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation);

    /// <summary>Connects to one vetted address.</summary>
    public Func<IPEndPoint, CancellationToken, Task<Stream>> Dial { get; init; } = VettedConnection.DialAsync;

    /// <summary>Gives a second name to a file, or says that it cannot.</summary>
    public Func<string, string, bool> Link { get; init; } = Processes.FileLinks.TryLink;

    /// <summary>Opens a part for writing from a position on, after cutting what is behind it.</summary>
    public Func<string, long, Stream> OpenPart { get; init; } = PartFile.Open;
}
