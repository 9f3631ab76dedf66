namespace Homelab.Gateway;

/// <summary>What a request needs that loads nothing: show, pull, delete, version.</summary>
/// <param name="Model">The model it names, resolved like a demand's; null where it names none.</param>
/// <param name="Principal">Who asks.</param>
/// <param name="Reads">Whether it changes nothing, so that any machine that has the model may answer. What changes something is for this one.</param>
/// <param name="Hops">How often the request was delegated before.</param>
internal readonly record struct EngineDemand(string? Model, Principal Principal, bool Reads, int Hops = 0);
