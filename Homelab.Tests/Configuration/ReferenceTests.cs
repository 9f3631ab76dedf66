using Homelab.Configuration;

namespace Homelab.Tests.Configuration;

/// <summary><c>${env:NAME}</c> and <c>${file:PATH}</c>, whose content is never shown.</summary>
public sealed class ReferenceTests : IDisposable
{
    private const string Secret = "s3cr3t value with blanks";

    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-references").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void References_are_replaced_also_within_a_text_and_in_numbers()
    {
        File.WriteAllText(Path.Combine(_folder, "token"), "abc\r\n");
        var loaded = Load(
            """
            node: { labels: { a: "x-${env:A}-${env:A}-y", b: "$${env:A}", c: "${env:NESTED}" } }
            daemon: { queue: { max_waiting: "${env:N}" }, join_token: "${file:token}" }
            mcp: { key: "${file:~/token}" }
            """,
            new() { ["A"] = "1", ["N"] = "7", ["NESTED"] = "${env:A}", ["HOME"] = _folder });

        Assert.Empty(loaded.Problems);
        var config = loaded.Config!;
        Assert.Equal(("x-1-1-y", "${env:A}", "${env:A}"), (config.Node.Labels["a"], config.Node.Labels["b"], config.Node.Labels["c"]));
        Assert.Equal((7, "abc", "abc"), (config.Daemon.Queue.MaxWaiting, config.Daemon.JoinToken, config.Mcp.Key));
    }

    [Theory]
    [InlineData("${env:MISSING}", ":1:13: mcp.key: refers to the environment variable 'MISSING', which is not set")]
    [InlineData("${file:missing}", ":1:13: mcp.key: refers to the file 'missing', which does not exist")]
    [InlineData("${file:.}", ":1:13: mcp.key: refers to the file '.', which cannot be read")]
    [InlineData("${file:large}", ":1:13: mcp.key: refers to the file 'large', which is larger than 64 KiB")]
    [InlineData("${file:binary}", ":1:13: mcp.key: refers to the file 'binary', which is not UTF-8 text")]
    [InlineData("${MISSING}", ":1:13: mcp.key: holds a reference that is neither ${env:NAME} nor ${file:PATH}; write $${ for the characters themselves")]
    [InlineData("${env:MISSING", ":1:13: mcp.key: holds '${' without '}'; write $${ for the characters themselves")]
    [InlineData("${env:EMPTY}", ":1:13: mcp.key: the value is empty")]
    [InlineData("${env:SECRET}", ":1:13: mcp.key: the value holds a space or a character that cannot stand in a header")]
    public void A_reference_that_leads_nowhere_is_named_at_its_place(string reference, string problem)
    {
        File.WriteAllText(Path.Combine(_folder, "large"), new string('x', 65_537));
        File.WriteAllBytes(Path.Combine(_folder, "binary"), [0xFF, 0xFE]);
        var loaded = Load($"mcp: {{ key: \"{reference}\" }}", new() { ["EMPTY"] = "", ["SECRET"] = Secret });

        Assert.Equal(Path.Combine(_folder, "homelab.yaml") + problem, Assert.Single(loaded.Problems).ToString());
    }

    [Theory]
    [InlineData("daemon: { drain: \"${env:SECRET}\" }")]
    [InlineData("daemon: { max_body: \"${env:SECRET}\" }")]
    [InlineData("daemon: { listen: \"${env:SECRET}\" }")]
    [InlineData("daemon: { hub: \"${env:SECRET}\" }")]
    [InlineData("daemon: { memory: { cpu_offload: \"${env:SECRET}\" } }")]
    [InlineData("daemon: { queue: { max_waiting: \"${env:SECRET}\" } }")]
    [InlineData("daemon: { pull_on_demand: \"${env:SECRET}\" }")]
    [InlineData("models: [ { name: \"${env:SECRET}\" } ]")]
    [InlineData("daemon: { api_keys: s3cr3t }")]
    [InlineData("daemon: { api_keys: [ \"s3cr3t value\" ] }")]
    [InlineData("hub: { service_keys: [ { name: a, key: \"s3cr3t x\" } ] }")]
    [InlineData("hub: { storage: \"Host=db;Password=s3cr3t\" }")]
    [InlineData("daemon: { hub: \"http://me:s3cr3t@hub\" }")]
    [InlineData("mcp: { key: [ s3cr3t ] }")]
    [InlineData("mcp: { key: \"${s3cr3t}\" }")]
    public void No_message_holds_a_secret(string text)
    {
        var loaded = Load(text, new() { ["SECRET"] = Secret });

        Assert.NotEmpty(loaded.Problems);
        Assert.DoesNotContain("s3cr3t", string.Join('\n', loaded.Problems), StringComparison.Ordinal);
    }

    private LoadedConfiguration Load(string text, Dictionary<string, string> environment) =>
        ConfigurationLoader.LoadText(text, Path.Combine(_folder, "homelab.yaml"), environment);
}
