using System.Collections;

namespace Homelab.Processes;

/// <summary>Builds the environment of a child: what programs need to run at all, what the caller names, and nothing else. The daemon's own
/// environment may hold keys, and a child has no business with them.</summary>
internal static class ChildEnvironment
{
    private static readonly string[] Needed =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
        "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "USERNAME", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
        "PROGRAMFILES", "PROGRAMFILES(X86)", "COMMONPROGRAMFILES", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "HOMEDRIVE", "HOMEPATH",
    ];

    private static readonly string[] NeededPrefixes = ["LC_", "XDG_"];

    /// <param name="prefixes">Further variables that are passed on, by the start of their names.</param>
    /// <param name="settings">Set whatever the daemon's environment says.</param>
    public static Dictionary<string, string> Build(IReadOnlyList<string> prefixes, IReadOnlyDictionary<string, string> settings)
    {
        var result = new Dictionary<string, string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (variable.Value is string value
                && (Needed.Contains(name, StringComparer.OrdinalIgnoreCase) || NeededPrefixes.Concat(prefixes).Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))))
            {
                result[name] = value;
            }
        }

        foreach (var (name, value) in settings)
        {
            result[name] = value;
        }

        return result;
    }
}
