using Kind = Homelab.Configuration.Keys.ConfigurationKind;

namespace Homelab.Configuration.Keys;

/// <summary>The keys below <c>daemon:</c>.</summary>
internal static class DaemonKeys
{
    private const double Year = 366 * 86_400;

    public static ConfigurationKey Daemon { get; } = new("daemon", Kind.Section, "homelab daemon: this machine's endpoint and what it may do.")
    {
        Children =
        [
            new("listen", Kind.TextList, "One address to listen at, or a list. Anything but loopback needs api_keys or hub. Port 0: any free one.") { Format = TextFormat.Listen, OneOrMany = true, Default = "127.0.0.1:42420" },
            new("advertise", Kind.Text, "The address at which other machines reach this daemon.") { Format = TextFormat.Url, Example = "http://192.168.1.20:42420", Unset = "found from the connection to the hub" },
            new("api_keys", Kind.TextList, "Keys that callers must send; none: only this machine may call.") { Format = TextFormat.Credential, Secret = true, Default = "[]", Example = "[ \"${env:HOMELAB_KEY}\" ]" },
            new("hub", Kind.TextList, "The hub of the cluster that this machine joins, or a list of hubs: it reports to each, and the first that answers is asked for what does not fit here.") { Format = TextFormat.Url, OneOrMany = true, Default = "[]", Example = "http://192.168.1.10:42421" },
            new("join_token", Kind.Text, "Exchanged once, at the first contact with the hub, for a credential of this machine's own, which is kept in state/.") { Format = TextFormat.Credential, Secret = true, Example = "\"${file:~/.homelab/join}\"" },
            new("idle_unload", Kind.Duration, "A model that nobody used for this long is unloaded. 0 = never.") { Default = "15m", Maximum = Year },
            new("load_timeout", Kind.Duration, "A load that takes longer has failed.") { Default = "10m", Minimum = 1, Maximum = 86_400 },
            new("drain", Kind.Duration, "What running answers get to finish at shutdown.") { Default = "30s", Maximum = 86_400 },
            new("queue", Kind.Section, "How many requests may wait for room, and for how long.")
            {
                Children =
                [
                    new("max_waiting", Kind.Integer, "Requests that may wait at the same time; one more is refused with 429.") { Default = "512", Minimum = 0, Maximum = 1_000_000 },
                    new("max_wait", Kind.Duration, "How long one may wait before it is refused with 503.") { Default = "4m", Minimum = 0.001, Maximum = 86_400 },
                    new("max_hold", Kind.Duration, "How long requests for loaded models may pass one that waits for room.") { Default = "1m", Maximum = 86_400 },
                ],
            },
            new("max_body", Kind.Size, "Largest request body.") { Default = "64MiB", Minimum = 1024, Maximum = 1L << 40 },
            new("pull_on_demand", Kind.Boolean, "Whether a request for a model that is not installed downloads it first.") { Default = "false" },
            new("allow_cloud_models", Kind.Boolean, "Whether models that the engine runs on somebody else's machines are served.") { Default = "false" },
            new("claim_ollama_port", Kind.Boolean, "true: this daemon answers on :11434 and runs Ollama behind it, so that tools which only know Ollama need no set-up.") { Default = "false" },
            new("allowed_hosts", Kind.TextList, "Further names by which callers may address this daemon.") { Format = TextFormat.Host, Default = "[]", Example = "[ tower.lan ]" },
            new("allowed_origins", Kind.TextList, "Web pages that may call from a browser.") { Format = TextFormat.Origin, Default = "[]", Example = "[ \"https://chat.example.org\" ]" },
            new("keep_alive_comments", Kind.Duration, "First comment on a stream that waits, and the pause between two, so that clients do not give up.") { Default = "10s", Minimum = 0.01, Maximum = 3600 },
            new("memory", Kind.Section, "What models may take.")
            {
                Children =
                [
                    new("reserve", Kind.Size, "Kept free on each device.") { Default = "512MiB" },
                    new("cpu_offload", Kind.Choice, "Whether a model that does not fit the GPUs may spill into RAM, where it is slow.") { Choices = ["never", "allow"], Default = "never" },
                    new("min_residency", Kind.Duration, "A model younger than this, or than twice its load time, is not evicted for another.") { Default = "30s", Maximum = 86_400 },
                    new("devices", Kind.SectionList, "The devices, where what is probed is wrong; these replace what is probed.")
                    {
                        Default = "[]",
                        Children =
                        [
                            new("name", Kind.Text, "What it is called in lists.") { Format = TextFormat.Name, Required = true, Example = "gpu0" },
                            new("kind", Kind.Choice, "What kind of memory it has.") { Choices = ["ram", "cuda", "rocm", "metal", "vulkan"], Required = true, Example = "cuda" },
                            new("total", Kind.Size, "How much memory it has.") { Required = true, Minimum = 1, Example = "24GiB" },
                        ],
                    },
                ],
            },
            new("engines", Kind.Section, "What runs the models.") { Children = [Ollama, LlamaCpp, Simulated] },
        ],
    };

    private static ConfigurationKey Ollama => new("ollama", Kind.Section, "The machine's Ollama.")
    {
        Children =
        [
            new("url", Kind.Text, "Where it answers.") { Format = TextFormat.Url, Default = "http://127.0.0.1:11434" },
            new("manage", Kind.Choice, "auto: a running one is used, else the daemon starts and supervises it. never: only a running one is used. off: none.") { Choices = ["auto", "never", "off"], Default = "auto" },
            new("install", Kind.Choice, "Where Ollama is missing: ask on a terminal and else print the command, download it (auto), or leave it (never).") { Choices = ["ask", "auto", "never"], Default = "ask" },
            new("expose", Kind.Boolean, "Whether the hub may reach this engine without passing the daemon. An engine open on the network has no keys.") { Default = "false" },
            new("parallel", Kind.Integer, "Requests that one loaded model serves at the same time.") { Default = "4", Minimum = 1, Maximum = ModelKeys.LargestParallel },
            new("context", Kind.Integer, "Tokens of context for every model; 0 leaves it to Ollama.") { Default = "0", Minimum = 0, Maximum = ModelKeys.LargestContext },
            new("max_loaded", Kind.Integer, "Models that this Ollama holds at the same time (its OLLAMA_MAX_LOADED_MODELS); for one more it would unload one of its own choice, so one of homelab's choice goes before. 0: found out; what cannot be read counts as Ollama's default, three for each GPU and three without one.") { Default = "0", Minimum = 0, Maximum = 1024 },
            new("executable", Kind.Text, "The ollama executable.") { Format = TextFormat.NotEmpty, Example = "/usr/local/bin/ollama", Unset = "the one on PATH, then the one in ~/.homelab/engines" },
            new("download_url", Kind.Text, "Where releases are downloaded from.") { Format = TextFormat.Url, Default = "https://github.com/ollama/ollama/releases" },
        ],
    };

    private static ConfigurationKey LlamaCpp => new("llama_cpp", Kind.Section, "llama.cpp, for models that are spread over several machines.")
    {
        Unused = "this version does not run llama.cpp",
        Children =
        [
            new("server", Kind.Text, "The llama-server executable.") { Format = TextFormat.NotEmpty, Default = "llama-server" },
            new("rpc_server", Kind.Text, "The rpc-server executable.") { Format = TextFormat.NotEmpty, Default = "rpc-server" },
            new("models", Kind.Text, "The folder of GGUF files.") { Format = TextFormat.NotEmpty, Default = "~/models" },
        ],
    };

    private static ConfigurationKey Simulated => new("simulated", Kind.Section, "An engine that makes its answers up, for demos and tests; labelled as simulated everywhere.")
    {
        Children =
        [
            new("enabled", Kind.Boolean, "Whether it is on.") { Default = "false" },
            new("memory", Kind.Size, "Memory of its one device.") { Default = "24GiB", Minimum = 1 },
            new("load_rate", Kind.Size, "How much it loads in a second.") { Default = "2GiB", Minimum = 1 },
            new("tokens_per_second", Kind.Number, "How fast it answers.") { Default = "40", Minimum = 0.001, Maximum = 1_000_000 },
            new("models", Kind.SectionList, "The models that it pretends to have; none listed: a small set of its own.")
            {
                Default = "[]",
                Children =
                [
                    new("name", Kind.Text, "The model's name.") { Format = TextFormat.Model, Required = true, Example = "demo:7b" },
                    new("size", Kind.Size, "What it takes, in memory and on disk.") { Default = "4GiB", Minimum = 1 },
                    new("embedding", Kind.Boolean, "Whether it makes embeddings instead of text.") { Default = "false" },
                ],
            },
        ],
    };
}
