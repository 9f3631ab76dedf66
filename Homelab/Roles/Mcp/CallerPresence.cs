namespace Homelab.Roles.Mcp;

/// <summary>Whether the caller of a tool is still there to get its answer, where only the transport knows. The SDK goes on with a call whose
/// HTTP request was dropped, although nobody can fetch the answer any more.</summary>
internal static class CallerPresence
{
    private static readonly AsyncLocal<CancellationToken> Current = new();

    /// <summary>Cancelled when the caller is gone; never, where the session itself ends with its connection.</summary>
    public static CancellationToken Gone => Current.Value;

    /// <summary>For the request that is being served, and for the calls that come with it: the SDK lets them run in the request's context.</summary>
    public static void Watch(CancellationToken gone) => Current.Value = gone;
}
