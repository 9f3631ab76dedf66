using Homelab.Roles.Daemon.Infra;

namespace Homelab.Tests.Roles.Daemon.Infra;

/// <summary>Names under which secrets are kept.</summary>
public sealed class SecretNamesTests
{
    [Theory]
    [InlineData(".env")]
    [InlineData(".env.production")]
    [InlineData("app/.ENV.local")]
    [InlineData("prod.env")]
    [InlineData("tls/server.key")]
    [InlineData("tls/server.PEM")]
    [InlineData("tls/server.key.bak")]
    [InlineData("tls/server.pem.1")]
    [InlineData("client.p12")]
    [InlineData("id_rsa")]
    [InlineData("id_ed25519.old")]
    [InlineData("deploy_rsa")]
    [InlineData("ssh_host_ed25519_key")]
    [InlineData("home/.ssh/config")]
    [InlineData("home/.SSH/known_hosts")]
    [InlineData("home/.aws/credentials")]
    [InlineData("home/.kube/config")]
    [InlineData("kubeconfig")]
    [InlineData("etc/shadow")]
    [InlineData("etc/shadow-")]
    [InlineData("shadow.bak")]
    [InlineData(".netrc")]
    [InlineData(".pgpass")]
    [InlineData(".git/config")]
    [InlineData(".git-credentials")]
    [InlineData(".bash_history")]
    [InlineData("credentials.json")]
    [InlineData("homelab.yaml")]
    [InlineData("homelab.yaml~")]
    [InlineData("secrets/db.txt")]
    [InlineData("vault.kdbx")]
    [InlineData("terraform.tfstate.backup")]
    public void A_name_of_a_secret_is_known_in_any_case_and_as_a_copy(string path) => Assert.NotNull(SecretNames.ReasonFor(path.Split('/'), isFolder: false));

    [Theory]
    [InlineData("app.log")]
    [InlineData("nginx/access.log.1")]
    [InlineData("auth.log")]
    [InlineData("id_rsa.pub")]
    [InlineData("environment.txt")]
    [InlineData("monkey.log")]
    [InlineData("keyboard.conf")]
    [InlineData("server.crt")]
    [InlineData("journal/2031-03-01.txt")]
    public void A_name_that_is_none_is_not_taken_for_one(string path) => Assert.Null(SecretNames.ReasonFor(path.Split('/'), isFolder: false));

    [Theory]
    [InlineData("**/*.log", "a.log", true)]
    [InlineData("**/*.log", "a/b/c.log", true)]
    [InlineData("**/*.log", "a/b/c.txt", false)]
    [InlineData("*.log", "a/b.log", false)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("a/**", "ab/c", false)]
    [InlineData("a/**/z/*.txt", "a/z/b.txt", true)]
    [InlineData("a/**/z/*.txt", "a/b/c/z/b.txt", true)]
    [InlineData("app-?.log", "app-1.log", true)]
    [InlineData("app-?.log", "app-12.log", false)]
    [InlineData("**", "anything/at.all", true)]
    [InlineData("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void A_pattern_matches_names_and_any_number_of_folders(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new FilePattern(pattern, ignoreCase: false).Matches(path.Split('/')));
}
