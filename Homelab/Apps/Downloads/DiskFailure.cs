using Homelab.Persistence;

namespace Homelab.Apps.Downloads;

/// <summary>Tells a disk that refuses from a network that does: trying again would not help.</summary>
internal static class DiskFailure
{
    public static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DownloadException($"{path} cannot be read or written: {DiskError.Describe(exception)}; make room or give access, and start again: what is there already is kept", exception);
        }
    }

    public static void Guard(string path, Action work) => Guard(path, () =>
    {
        work();
        return true;
    });
}
