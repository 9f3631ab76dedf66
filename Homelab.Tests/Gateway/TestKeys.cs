using Homelab.Gateway;
using Homelab.Gateway.Access;

namespace Homelab.Tests.Gateway;

/// <summary>One caller of every kind, with keys that say who they are.</summary>
internal static class TestKeys
{
    public const string User = "sk-user", Admin = "sk-admin", Scoped = "sk-scoped", Limited = "sk-limited";

    public static readonly string Node = HomelabKey.Make(HomelabKey.Node), Hub = HomelabKey.Make(HomelabKey.Service);

    public static readonly KeyEntry[] All =
    [
        KeyRing.Entry("n8n", User, false),
        KeyRing.Entry("boss", Admin, true),
        KeyRing.Entry("scoped", Scoped, true) with { Models = [new ModelPattern("tiny"), new ModelPattern("qwen3:*")] },
        KeyRing.Entry("limited", Limited, false) with { RequestsPerMinute = 2 },
        KeyRing.Entry("laptop", Node, false) with { Kind = PrincipalKind.Node, NodeId = "laptop-id" },
        KeyRing.Entry("hub", Hub, true) with { Kind = PrincipalKind.Hub },
    ];

    /// <summary>For <see cref="GatewayServer.StartAsync"/>.</summary>
    public static GatewayOptions With(GatewayOptions options) => options with { Keys = new KeySource(new KeyRing(All)) };

    public static (string, string) Bearer(string key) => ("Authorization", "Bearer " + key);
}
