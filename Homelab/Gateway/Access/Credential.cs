using Microsoft.Extensions.Primitives;

namespace Homelab.Gateway.Access;

/// <summary>The one place that takes a key out of a request: <c>Authorization: Bearer</c>, <c>x-api-key</c> and <c>api-key</c> are one door.</summary>
/// <param name="Key">The key; null where the request carries none.</param>
/// <param name="Conflicting">Whether it carries two that differ.</param>
internal readonly record struct Credential(string? Key, bool Conflicting)
{
    private const string Scheme = "Bearer ";

    public static Credential Of(IHeaderDictionary headers)
    {
        string? key = null;
        return Take(headers.Authorization, Scheme, ref key) && Take(headers["x-api-key"], "", ref key) && Take(headers["api-key"], "", ref key)
            ? new Credential(key, false)
            : new Credential(null, true);
    }

    /// <returns>False where a value differs from one taken before.</returns>
    private static bool Take(StringValues values, string scheme, ref string? key)
    {
        foreach (var value in values)
        {
            if (string.IsNullOrEmpty(value) || !value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var candidate = value[scheme.Length..].Trim();
            if (candidate.Length == 0)
            {
                continue;
            }

            if (key is not null && !string.Equals(key, candidate, StringComparison.Ordinal))
            {
                return false;
            }

            key = candidate;
        }

        return true;
    }
}
