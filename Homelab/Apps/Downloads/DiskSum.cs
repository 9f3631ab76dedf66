using System.Security.Cryptography;

namespace Homelab.Apps.Downloads;

/// <summary>Takes the sum of a file as it lies on the disk.</summary>
internal static class DiskSum
{
    /// <summary>Its sha256 in small hexadecimal; tells how many bytes are read.</summary>
    public static Task<string> OfAsync(string path, Action<long> progress, CancellationToken cancellation) => Task.Run(
        () => DiskFailure.Guard(path, () =>
        {
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[1 << 20];
            var position = 0L;
            while (RandomAccess.Read(file, buffer, position) is > 0 and var read)
            {
                cancellation.ThrowIfCancellationRequested();
                sum.AppendData(buffer, 0, read);
                position += read;
                progress(position);
            }

            return Convert.ToHexStringLower(sum.GetHashAndReset());
        }),
        cancellation);
}
