namespace Homelab.Domain.Placement;

/// <summary>Where the longest known beginning of a prompt was served lately.</summary>
/// <param name="Node">Id of the node; null: nowhere.</param>
/// <param name="Fraction">How much of the prompt it is, 0 to 1.</param>
internal readonly record struct PrefixMatch(string? Node, double Fraction)
{
    /// <summary>Nothing is known.</summary>
    public static PrefixMatch None => default;
}
