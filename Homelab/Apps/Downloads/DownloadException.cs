namespace Homelab.Apps.Downloads;

/// <summary>A file cannot be had. The message says what, why and what to do, and holds neither query nor credentials of an address. What lay under the file's name still does.</summary>
internal sealed class DownloadException(string message, Exception? inner = null) : Exception(message, inner);
