namespace Homelab.Gateway.Access;

/// <summary>Which web pages may call: those served from this very address, from this computer (<c>http://localhost:*</c>), those of programs installed on it,
/// and those configured.</summary>
internal sealed class OriginPolicy(IReadOnlyList<string> allowed)
{
    /// <summary>Schemes of desktop programs (Electron, Tauri, VS Code), which no web site can be served under. Ollama lets the same ones in.</summary>
    private static readonly string[] InstalledPrograms = ["app://", "tauri://", "vscode-webview://", "vscode-file://"];

    /// <param name="origin">The <c>Origin</c> header.</param>
    /// <param name="host">The request's <c>Host</c> header, already accepted.</param>
    public bool Allows(string origin, string host) => IsSameHost(origin, host) || IsThisComputer(origin) || IsInstalledProgram(origin) || IsConfigured(origin);

    private static bool IsSameHost(string origin, string host) => SchemeLength(origin) is > 0 and var scheme
        && origin.AsSpan(scheme).Equals(host, StringComparison.OrdinalIgnoreCase);

    private static bool IsThisComputer(string origin)
    {
        if (SchemeLength(origin) is not (> 0 and var scheme))
        {
            return false;
        }

        var authority = origin.AsSpan(scheme);
        foreach (var name in (ReadOnlySpan<string>)["localhost", "127.0.0.1", "[::1]"])
        {
            if (authority.StartsWith(name, StringComparison.OrdinalIgnoreCase) && IsPortOrNothing(authority[name.Length..]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsInstalledProgram(string origin)
    {
        foreach (var scheme in InstalledPrograms)
        {
            if (origin.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsConfigured(string origin)
    {
        foreach (var entry in allowed)
        {
            if (entry.EndsWith('*')
                ? entry.Length > 1 && origin.StartsWith(entry.AsSpan(0, entry.Length - 1), StringComparison.OrdinalIgnoreCase)
                : string.Equals(entry.TrimEnd('/'), origin, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static int SchemeLength(string origin) =>
        origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : 0;

    private static bool IsPortOrNothing(ReadOnlySpan<char> rest) => rest.IsEmpty || (rest[0] == ':' && rest.Length > 1 && !rest[1..].ContainsAnyExceptInRange('0', '9'));
}
