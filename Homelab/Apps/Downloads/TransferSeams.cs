namespace Homelab.Apps.Downloads;

/// <summary>What a transfer needs of those that run beside it.</summary>
/// <param name="EnterAsync">Waits for its turn.</param>
/// <param name="CheckRoom">Throws where the disk cannot hold that many bytes more, of this transfer, beside what the others still bring.</param>
/// <param name="Report">State, bytes, total and problem.</param>
internal sealed record TransferSeams(Func<CancellationToken, Task<IDisposable>> EnterAsync, Action<long> CheckRoom, Action<string, long, long?, string?> Report);
