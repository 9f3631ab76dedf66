namespace Homelab.Gateway.Access;

/// <summary>Names that a key may use: a model's name, or one with <c>*</c> for any letters in it. Case does not matter, and <c>llama3</c> means
/// <c>llama3:latest</c>, as everywhere.</summary>
/// <param name="Text">As configured.</param>
internal readonly record struct ModelPattern(string Text)
{
    private const string Latest = ":latest";

    /// <param name="model">Canonical name.</param>
    public bool Matches(string model) =>
        Matches(Text, model) || (model.EndsWith(Latest, StringComparison.OrdinalIgnoreCase) && Matches(Text, model.AsSpan(0, model.Length - Latest.Length)));

    /// <summary>Greedy with one step back, so that no pattern takes more than the product of the two lengths.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var (at, star, retry) = (0, -1, 0);
        for (var i = 0; i < name.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, retry) = (at++, i);
            }
            else if (at < pattern.Length && char.ToUpperInvariant(pattern[at]) == char.ToUpperInvariant(name[i]))
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                (at, i) = (star + 1, ++retry);
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].Trim('*').IsEmpty;
    }
}
