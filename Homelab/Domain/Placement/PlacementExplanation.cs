using System.Collections.Immutable;
using System.Text;
using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>A decision with everything that it was chosen from.</summary>
/// <param name="Model">What was asked for.</param>
/// <param name="Decision">What <see cref="PlacementPlanner.Decide"/> says.</param>
/// <param name="Candidates">Every node: those that can serve by cost, then the others by name.</param>
internal sealed record PlacementExplanation(ModelName Model, PlacementDecision Decision, ImmutableArray<PlacementCandidate> Candidates)
{
    public static PlacementExplanation Of(ModelName model, PlacementDecision decision, List<Candidate> candidates, long seed, TimeSpan now)
    {
        candidates.Sort((left, right) => Compare(left, right, seed));
        var chosen = decision switch
        {
            PlacementDecision.Route route => route.Node.Id,
            PlacementDecision.Load load => load.Node.Id,
            PlacementDecision.Queue queue => queue.Node.Id,
            _ => null,
        };
        return new PlacementExplanation(model, decision,
        [
            .. candidates.Select(c => new PlacementCandidate(c.Node.Id, c.Node.Name, c.Verdict, c.Node.Id == chosen, c.CanServe ? c.Cost : null, PlacementSentences.Victims(c), PlacementSentences.Of(c, model, now))),
        ]);
    }

    /// <summary>The whole as text: the choice, then a line for each node.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(PlacementSentences.Of(Decision, Model)).Append('\n');
        foreach (var candidate in Candidates)
        {
            text.Append(candidate.Chosen ? "* " : "  ").Append(candidate.Sentence).Append('\n');
        }

        return text.ToString();
    }

    private static int Compare(Candidate left, Candidate right, long seed) =>
        left.CanServe != right.CanServe ? right.CanServe.CompareTo(left.CanServe)
        : !left.CanServe ? string.CompareOrdinal(left.Node.Name, right.Node.Name)
        : left.Node.Id == right.Node.Id ? 0
        : PlacementPlanner.IsBefore(left, right, seed) ? -1 : 1;
}
