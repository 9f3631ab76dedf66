using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Keys;

/// <summary>The keys below <c>hub:</c>.</summary>
internal static class HubKeys
{
    public static ConfigurationKey Hub { get; } = new("hub", Kind.Section, "homelab hub: the cluster.")
    {
        Unused = "this version has no hub",
        Children =
        [
            new("listen", Kind.TextList, "One address to listen at, or a list.") { Format = TextFormat.Listen, OneOrMany = true, Default = "0.0.0.0:42421" },
            new("heartbeat", Kind.Duration, "How often each machine reports.") { Default = "5s", Minimum = 0.1, Maximum = 3600 },
            new("suspect_after", Kind.Duration, "A machine silent for this long gets no new work.") { Default = "15s", Minimum = 0.1, Maximum = 86_400 },
            new("lost_after", Kind.Duration, "A machine silent for this long counts as lost.") { Default = "30s", Minimum = 0.1, Maximum = 86_400 },
            new("admin_key", Kind.Text, "The key that may do everything.") { Format = TextFormat.Credential, Secret = true, Example = "\"${env:HOMELAB_ADMIN_KEY}\"", Unset = "made at the first start and printed once" },
            new("join_token", Kind.Text, "A standing token by which machines join, for automation.") { Format = TextFormat.Credential, Secret = true, Example = "\"${env:HOMELAB_JOIN}\"", Unset = "only single-use tokens, made by homelab join-token" },
            new("service_keys", Kind.SectionList, "Keys for callers, beside those made by homelab keys add.")
            {
                Default = "[]",
                Children =
                [
                    new("name", Kind.Text, "Who the key is for; shown in usage.") { Format = TextFormat.Name, Required = true, Example = "n8n" },
                    new("key", Kind.Text, "What the caller sends.") { Format = TextFormat.Credential, Secret = true, Required = true, Example = "\"${env:N8N_KEY}\"" },
                    new("models", Kind.TextList, "Models that it may use; * stands for any characters.") { Format = TextFormat.ModelPattern, Default = "[ \"*\" ]" },
                    new("requests_per_minute", Kind.Integer, "Requests that it may start in a minute.") { Minimum = 1, Maximum = 1_000_000, Example = "600", Unset = "no limit" },
                    new("admin", Kind.Boolean, "Whether it may also manage the cluster.") { Default = "false" },
                ],
            },
            new("storage", Kind.Section, "Where the hub keeps what must outlive it: sqlite, or a PostgreSQL server.")
            {
                Word = "sqlite",
                Default = "sqlite",
                Children =
                [
                    new("postgres", Kind.Section, "A PostgreSQL server instead of the embedded database.")
                    {
                        Unset = "the embedded database",
                        Children =
                        [
                            new("connection", Kind.Text, "The connection string.") { Format = TextFormat.NotEmpty, Secret = true, Required = true, Example = "\"${env:HOMELAB_DATABASE}\"" },
                        ],
                    },
                ],
            },
        ],
    };
}
