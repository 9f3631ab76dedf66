namespace Homelab.Apps.Downloads;

/// <summary>The words for where a file stands.</summary>
internal static class FileStates
{
    /// <summary>Others are transferred first.</summary>
    public const string Waiting = "waiting";

    public const string Downloading = "downloading";

    /// <summary>It is whole and its sum is taken.</summary>
    public const string Checking = "checking";

    /// <summary>A try failed, and the next one follows after a pause.</summary>
    public const string Retrying = "retrying";

    public const string Done = "done";

    public const string Failed = "failed";
}
