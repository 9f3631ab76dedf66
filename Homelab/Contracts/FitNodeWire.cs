namespace Homelab.Contracts;

/// <summary>GET <c>/models/fit</c> at a hub: how another machine answered.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Fits">As in <see cref="FitWire"/>.</param>
/// <param name="Why">One sentence for people.</param>
/// <param name="TotalBytes">What the model needs there.</param>
/// <param name="LargestContext">As in <see cref="FitWire"/>.</param>
/// <param name="LargestContextAlone">As in <see cref="FitWire"/>.</param>
internal sealed record FitNodeWire(string Node, string Fits, string Why, long TotalBytes, int? LargestContext, int? LargestContextAlone);
