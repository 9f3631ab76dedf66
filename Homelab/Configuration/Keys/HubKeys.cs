using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Keys;

/// <summary>The keys below <c>hub:</c>.</summary>
internal static class HubKeys
{
    public static ConfigurationKey Hub { get; } = new("hub", Kind.Section, "homelab hub: the cluster.")
    {
        Children =
        [
            new("listen", Kind.TextList, "One address to listen at, or a list.") { Format = TextFormat.Listen, OneOrMany = true, Default = "0.0.0.0:42421" },
            new("heartbeat", Kind.Duration, "How often each machine reports.") { Default = "5s", Minimum = 0.1, Maximum = 3600 },
            new("suspect_after", Kind.Duration, "A machine silent for this long gets no new work.") { Default = "15s", Minimum = 0.1, Maximum = 86_400 },
            new("lost_after", Kind.Duration, "A machine silent for this long counts as lost.") { Default = "30s", Minimum = 0.1, Maximum = 86_400 },
            new("start_grace", Kind.Duration, "How long machines known from before have to report after the hub's start before any counts as lost.") { Default = "1m", Maximum = 3600 },
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
                    new("infra", Kind.Boolean, "Whether it may also read the files that machines' own configuration opened (infra.roots).") { Default = "false" },
                ],
            },
            new("queue", Kind.Section, "How many requests may wait at the hub for a machine, and for how long.")
            {
                Children =
                [
                    new("max_waiting", Kind.Integer, "Requests that may wait at the same time; one more is refused with 429.") { Default = "2048", Minimum = 0, Maximum = 1_000_000 },
                    new("max_wait", Kind.Duration, "How long one may wait before it is refused with 503.") { Default = "4m", Minimum = 0.001, Maximum = 86_400 },
                ],
            },
            new("max_body", Kind.Size, "Largest request body.") { Default = "64MiB", Minimum = 1024, Maximum = 1L << 40 },
            new("drain", Kind.Duration, "What running answers get to finish at shutdown.") { Default = "30s", Maximum = 86_400 },
            new("allowed_hosts", Kind.TextList, "Further names by which callers may address the hub.") { Format = TextFormat.Host, Default = "[]", Example = "[ hub.lan ]" },
            new("allowed_origins", Kind.TextList, "Web pages that may call from a browser.") { Format = TextFormat.Origin, Default = "[]", Example = "[ \"https://chat.example.org\" ]" },
            new("keep_alive_comments", Kind.Duration, "First comment on a stream that waits, and the pause between two, so that clients do not give up.") { Default = "10s", Minimum = 0.01, Maximum = 3600 },
            new("events", Kind.Section, "The cluster's events.")
            {
                Children =
                [
                    new("keep", Kind.Duration, "How long they are kept.") { Default = "7d", Minimum = 1, Maximum = 366 * 86_400 },
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
                        Unused = "this version keeps everything in the embedded database",
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
