namespace Homelab.Contracts;

/// <summary>What a model command came to.</summary>
/// <param name="Model">Canonical name.</param>
/// <param name="Node">Where it was done.</param>
/// <param name="State">The model's state there now.</param>
/// <param name="Bytes">Memory held (load) or bytes on disk (pull); absent otherwise.</param>
/// <param name="ElapsedSeconds">How long it took.</param>
/// <param name="Message">One sentence for people, e.g. that it was loaded already.</param>
internal sealed record ModelCommandResultWire(string Model, string Node, string State, long? Bytes, double ElapsedSeconds, string? Message = null);
