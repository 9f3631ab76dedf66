using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Keys;

/// <summary>The keys below <c>mcp:</c>.</summary>
internal static class McpKeys
{
    public static ConfigurationKey Mcp { get; } = new("mcp", Kind.Section, "homelab mcp: the cluster as tools for agents.")
    {
        Children =
        [
            new("listen", Kind.TextList, "One address to listen at, or a list. Anything but loopback needs api_keys.") { Format = TextFormat.Listen, OneOrMany = true, Default = "127.0.0.1:8092" },
            new("target", Kind.Text, "The daemon or hub whose cluster the tools show.") { Format = TextFormat.Url, Example = "http://192.168.1.10:42421", Unset = "the hub of daemon.hub where there is a key for it, else this machine's daemon" },
            new("key", Kind.Text, "The key for the target, where it asks for one. The tools can do what it may do, and nothing else.") { Format = TextFormat.Credential, Secret = true, Example = "\"${env:HOMELAB_KEY}\"", Unset = "none is sent" },
            new("api_keys", Kind.TextList, "Keys that agents must send; none: only this machine may call.") { Format = TextFormat.Credential, Secret = true, Default = "[]", Example = "[ \"${env:HOMELAB_MCP_KEY}\" ]" },
            new("read_only", Kind.Boolean, "Whether the tools that change anything are left out.") { Default = "false" },
            new("allowed_hosts", Kind.TextList, "Further names by which agents may address this server.") { Format = TextFormat.Host, Default = "[]", Example = "[ tower.lan ]" },
            new("allowed_origins", Kind.TextList, "Web pages that may call from a browser.") { Format = TextFormat.Origin, Default = "[]", Example = "[ \"https://agent.example.org\" ]" },
        ],
    };
}
