namespace Homelab.Tests.Engines.Simulated;

/// <summary>What the simulation answered to a recorded request.</summary>
/// <param name="IsPartial">Whether the client left in the middle, as in the recording.</param>
internal sealed record ActualAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body, bool IsPartial);
