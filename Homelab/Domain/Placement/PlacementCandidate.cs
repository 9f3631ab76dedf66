using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>One node in an explanation.</summary>
/// <param name="Node">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Verdict">What it could do.</param>
/// <param name="Chosen">Whether the request would go there.</param>
/// <param name="Cost">Its terms; null where it cannot serve.</param>
/// <param name="Victims">Who would go there.</param>
/// <param name="Sentence">The same for people.</param>
internal sealed record PlacementCandidate(string Node, string Name, CandidateVerdict Verdict, bool Chosen, PlacementCost? Cost, ImmutableArray<ModelName> Victims, string Sentence);
