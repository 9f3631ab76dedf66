namespace Homelab.Contracts;

/// <summary>Body of POST <c>/models/load</c>, <c>/unload</c>, <c>/pull</c> and DELETE <c>/models</c>.</summary>
/// <param name="Model">Name or alias.</param>
/// <param name="Node">Where; absent: the role chooses.</param>
internal sealed record ModelCommandWire(string Model, string? Node = null);
