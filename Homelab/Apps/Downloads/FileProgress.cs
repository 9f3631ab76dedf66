namespace Homelab.Apps.Downloads;

/// <summary>How far one file of one app is, for events and people.</summary>
/// <param name="App">Name of the app.</param>
/// <param name="Path">The file, relative to the app's folder.</param>
/// <param name="Url">Where it comes from, without query.</param>
/// <param name="Bytes">Bytes that are there; while <c>checking</c>, bytes read again.</param>
/// <param name="Total">Bytes of the whole file; null: not known.</param>
/// <param name="BytesPerSecond">Lately; 0 where nothing moves.</param>
/// <param name="State">One of <see cref="FileStates"/>.</param>
/// <param name="Problem">Why it is tried again or failed.</param>
internal sealed record FileProgress(string App, string Path, string Url, long Bytes, long? Total, double BytesPerSecond, string State, string? Problem);
