using System.Collections.Immutable;

namespace Homelab.Apps.Catalog;

/// <summary>What a check of one manifest found, in lines for users.</summary>
/// <param name="Name">The app.</param>
/// <param name="Problems">What keeps it from being used or started; empty when it is fine.</param>
/// <param name="Facts">What else is worth knowing.</param>
internal sealed record AppCheckReport(string Name, ImmutableArray<string> Problems, ImmutableArray<string> Facts)
{
    /// <summary>Whether it can be started, as far as can be told without starting it.</summary>
    public bool IsFine => Problems.IsEmpty;

    /// <summary>Problems, facts and the verdict.</summary>
    public IEnumerable<string> Lines =>
        [.. Problems, .. Facts, IsFine ? $"{Name}: ok" : $"{Name}: {Problems.Length} {(Problems.Length == 1 ? "problem" : "problems")}"];
}
