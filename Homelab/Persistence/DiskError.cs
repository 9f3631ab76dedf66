using System.Globalization;

namespace Homelab.Persistence;

/// <summary>Says why a disk refused. The exceptions' own texts name temporary files and may be left out of a native executable.</summary>
internal static class DiskError
{
    // On Unix the error number, on Windows an HRESULT.
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int QuotaUsed = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsWriteProtected = unchecked((int)0x80070013);

    public static string Describe(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "permission denied",
        DirectoryNotFoundException => "a folder on the way is missing",
        { HResult: NoSpace or WindowsDiskFull } => "the disk is full",
        { HResult: QuotaUsed } => "the disk quota is used up",
        { HResult: ReadOnly or WindowsWriteProtected } => "the disk is read-only",
        _ => string.Create(CultureInfo.InvariantCulture, $"error {exception.HResult}"),
    };
}
