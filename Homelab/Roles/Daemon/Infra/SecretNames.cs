using System.Collections.Frozen;

namespace Homelab.Roles.Daemon.Infra;

/// <summary>Names under which secrets are known to be kept, on whatever system and in whatever case. Pure. A pattern that includes one does not open it.</summary>
internal static class SecretNames
{
    private static readonly FrozenSet<string> Folders = Set(
        ".ssh", ".aws", ".azure", ".gnupg", ".kube", ".docker", ".gcloud", "gcloud", ".oci", ".password-store", ".git", ".terraform.d", ".secrets", "secrets", ".mozilla", ".thunderbird", "keychains", ".vault");

    private static readonly FrozenSet<string> Files = Set(
        "shadow", "gshadow", "shadow-", "gshadow-", "master.passwd", "ntds.dit", ".netrc", "_netrc", ".pgpass", "pgpass.conf", ".my.cnf", ".mylogin.cnf", ".npmrc", ".yarnrc.yml", ".pypirc", ".git-credentials", ".htpasswd",
        ".vault-token", ".vault_pass", "credentials", "credential", "credentials.json", "credentials.yml", "credentials.yaml", "credentials.toml", "credentials.xml", "credentials.db", "kubeconfig", "admin.conf", "super-admin.conf",
        "kubelet.conf", "controller-manager.conf", "scheduler.conf", "k3s.yaml", "rke2.yaml", "dockerconfigjson", ".dockercfg", "secrets", "secret", "secrets.json", "secrets.yml", "secrets.yaml", "secrets.toml", "secrets.env", "secret.json",
        "secret.yml", "secret.yaml", "passwords", "password", "terraform.tfstate", "wallet.dat", "homelab.yaml", "rclone.conf", "wp-config.php", "token", "tokens.json", "authorized_keys", "known_tokens.csv", "login data", "cookies", "logins.json",
        "key4.db", "htpasswd", "krb5.keytab", "wpa_supplicant.conf", "chap-secrets", "pap-secrets", "service-account.json", "application_default_credentials.json");

    private static readonly FrozenSet<string> Endings = Set(
        ".pem", ".key", ".p12", ".pfx", ".pkcs12", ".p8", ".pk8", ".jks", ".jceks", ".keystore", ".bks", ".kdbx", ".kdb", ".ppk", ".gpg", ".pgp", ".age", ".jwk", ".ovpn", ".keytab", ".kubeconfig", ".tfstate", ".tfvars", ".agekey", ".ejson",
        ".env", ".htpasswd", ".secret", ".secrets", ".token", ".passwd", ".password", ".passwords", ".credentials", ".wallet", ".keychain", ".keychain-db");

    private static readonly string[] Algorithms = ["rsa", "dsa", "ecdsa", "ed25519", "xmss"];

    /// <summary>What copies are called.</summary>
    private static readonly string[] CopyEndings = [".bak", ".backup", ".old", ".orig", ".save", ".sav", ".tmp", ".swp", ".swo", ".copy", ".dist", ".disabled", ".rpmsave", ".rpmnew", ".dpkg-old", ".dpkg-dist", ".txt", "~"];

    /// <summary>Why something on the way is taken for a secret; null where nothing is.</summary>
    /// <param name="way">Names below the root.</param>
    /// <param name="isFolder">Whether the last one is a folder.</param>
    public static string? ReasonFor(IReadOnlyList<string> way, bool isFolder)
    {
        for (var i = 0; i < way.Count; i++)
        {
            var isLast = i == way.Count - 1;
            if ((!isLast || isFolder) ? IsSecretFolder(way[i]) : IsSecretFile(way[i]))
            {
                return isLast && !isFolder
                    ? $"'{way[i]}' is a name under which keys or passwords are kept"
                    : $"'{way[i]}' is a folder in which keys or passwords are kept";
            }
        }

        return null;
    }

    private static bool IsSecretFolder(string name) => Folders.Contains(name.TrimEnd(' ', '.')) || IsEnvironment(name);

    private static bool IsSecretFile(string name)
    {
        name = name.TrimEnd(' ');
        for (var i = 0; i < 4; i++)
        {
            if (Files.Contains(name) || Endings.Contains(Path.GetExtension(name)) || IsEnvironment(name) || IsPrivateKey(name) || IsHistory(name) || Folders.Contains(name))
            {
                return true;
            }

            var shorter = WithoutCopy(name);
            if (shorter.Length == name.Length || shorter.Length == 0)
            {
                return false;
            }

            name = shorter;
        }

        return false;
    }

    /// <summary><c>.env</c>, <c>.env.local</c>, <c>.envrc</c>, <c>prod.env</c>.</summary>
    private static bool IsEnvironment(string name) =>
        name.Equals(".env", StringComparison.OrdinalIgnoreCase) || name.Equals(".envrc", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith(".env.", StringComparison.OrdinalIgnoreCase) || name.StartsWith(".env-", StringComparison.OrdinalIgnoreCase) || name.StartsWith(".env_", StringComparison.OrdinalIgnoreCase);

    /// <summary><c>id_rsa</c>, <c>id_ed25519_sk</c>, <c>ssh_host_ecdsa_key</c>; not their public halves.</summary>
    private static bool IsPrivateKey(string name) => !name.EndsWith(".pub", StringComparison.OrdinalIgnoreCase)
        && ((name.StartsWith("id_", StringComparison.OrdinalIgnoreCase) && Algorithms.Any(k => name.AsSpan(3).StartsWith(k, StringComparison.OrdinalIgnoreCase)))
            || (name.StartsWith("ssh_host_", StringComparison.OrdinalIgnoreCase) && name.Contains("_key", StringComparison.OrdinalIgnoreCase))
            || name.EndsWith("_rsa", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_ed25519", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_ecdsa", StringComparison.OrdinalIgnoreCase)
            || name.Contains("private_key", StringComparison.OrdinalIgnoreCase) || name.Contains("privatekey", StringComparison.OrdinalIgnoreCase) || name.Contains("private-key", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("privkey", StringComparison.OrdinalIgnoreCase));

    /// <summary>What was typed in a shell or a database's, passwords included.</summary>
    private static bool IsHistory(string name) => name.StartsWith('.') && name.EndsWith("history", StringComparison.OrdinalIgnoreCase);

    private static string WithoutCopy(string name)
    {
        foreach (var ending in CopyEndings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return name[..^ending.Length];
            }
        }

        // Rotated: shadow.1, id_rsa.2
        return Path.GetExtension(name) is { Length: > 1 and <= 4 } number && number.Skip(1).All(char.IsAsciiDigit) ? name[..^number.Length] : name;
    }

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
