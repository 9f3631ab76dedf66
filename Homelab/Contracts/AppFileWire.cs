namespace Homelab.Contracts;

/// <summary>A file that an app's manifest asks for, on its way.</summary>
/// <param name="Path">Below the app's folder, parts joined by <c>/</c>.</param>
/// <param name="State"><c>waiting</c>, <c>downloading</c>, <c>checking</c>, <c>retrying</c>, <c>done</c> or <c>failed</c>.</param>
/// <param name="Bytes">That are there.</param>
/// <param name="TotalBytes">Absent where the server does not say.</param>
/// <param name="BytesPerSecond">Of late.</param>
/// <param name="Problem">Why it is tried again, or has failed.</param>
internal sealed record AppFileWire(string Path, string State, long Bytes, long? TotalBytes = null, double? BytesPerSecond = null, string? Problem = null);
