namespace Homelab.Contracts;

/// <summary>Every call of the control API, by the role that serves it.</summary>
internal static class ControlOperations
{
    private const string EventStream = "text/event-stream";

    private static readonly (string Name, bool Required, string Meaning) Progress =
        (ControlRoutes.ProgressQuery, false, "true: a line of progress about once a second, the last of which has done: true.");

    /// <summary>What daemon and hub both serve.</summary>
    public static IReadOnlyList<ControlOperation> OfDaemon { get; } =
    [
        new("GET", ControlRoutes.Status, "Who answers here and how busy it is.", ContractsJson.Default.StatusWire),
        new("GET", ControlRoutes.Nodes, "The machines with their memory and what is loaded; a daemon lists itself.", ContractsJson.Default.IReadOnlyListNodeWire),
        new("GET", ControlRoutes.Node, "One machine, by its id.", ContractsJson.Default.NodeWire),
        new("GET", ControlRoutes.Models, "The models with their state, size and aliases.", ContractsJson.Default.IReadOnlyListModelWire),
        Command("POST", ControlRoutes.LoadModel, "Loads a model; answers when it is in memory."),
        Command("POST", ControlRoutes.UnloadModel, "Unloads a model that nobody uses."),
        Command("POST", ControlRoutes.PullModel, "Downloads a model; goes on where an earlier try stopped."),
        Command("DELETE", ControlRoutes.Models, "Deletes a model from disk.") with { Query = [], Stream = null },
        new("GET", ControlRoutes.Apps, "The apps with their state, models and memory; a daemon tells its own.", ContractsJson.Default.IReadOnlyListAppWire)
        {
            Query = [(ControlRoutes.NodeQuery, false, "Only this machine, by id or name.")],
        },
        Command("POST", ControlRoutes.StartApp, "Starts an app now instead of at the first request; answers when it is ready.") with { Body = null, Query = [(ControlRoutes.NodeQuery, false, "On this machine, by id or name."), Progress] },
        Command("POST", ControlRoutes.StopApp, "Stops an app that nobody uses.") with { Body = null, Query = [(ControlRoutes.NodeQuery, false, "On this machine, by id or name."), Progress] },
        new("GET", ControlRoutes.AppLogs, "The last lines that an app has printed, as text; a daemon's own apps only. For admins.", ContractsJson.Default.String)
        {
            Query = [(ControlRoutes.LinesQuery, false, "How many of the last lines, at most 10000; absent: 100."), (ControlRoutes.FollowQuery, false, "true: go on with what is printed from now on.")],
            Admin = true,
            Text = true,
        },
        new("GET", ControlRoutes.Explain, "What a request for a model would lead to now, and why; changes nothing.", ContractsJson.Default.ExplainWire)
        {
            Query = [(ControlRoutes.ModelQuery, true, "Name or alias of the model.")],
        },
        new("GET", ControlRoutes.FitModel, "Whether, where and with what context a model fits this machine; changes nothing.", ContractsJson.Default.FitWire)
        {
            Query = [(ControlRoutes.ModelQuery, true, "Name or alias of the model."), (ControlRoutes.ContextQuery, false, "Tokens of context; absent: what a load would get."), (ControlRoutes.NodeQuery, false, "At a hub: one machine alone.")],
        },
        new("GET", ControlRoutes.Events, "What happened and what happens: server-sent events whose data are these objects.", ContractsJson.Default.EventWire)
        {
            Query =
            [
                (ControlRoutes.SinceQuery, false, "Id of the last event known; the header Last-Event-ID goes before it."),
                (ControlRoutes.FollowQuery, false, "false: end after what is kept."),
            ],
            Stream = (EventStream, ContractsJson.Default.EventWire),
        },
        new("GET", ControlRoutes.Infra, "The folders that each machine's own configuration opened for reading; a daemon tells its own. For admins and keys that may read files.", ContractsJson.Default.IReadOnlyListInfraNodeWire)
        {
            Query = [(ControlRoutes.NodeQuery, false, "Only this machine, by id or name.")],
        },
        new("GET", ControlRoutes.InfraFolder, "One folder below a root. For admins and keys that may read files.", ContractsJson.Default.InfraListWire)
        {
            Query = [(ControlRoutes.PathQuery, false, "Below the root, parts joined by '/'; absent: the root itself.")],
        },
        new("GET", ControlRoutes.InfraFile, "A window of one text file below a root, at most 64 KiB. For admins and keys that may read files.", ContractsJson.Default.InfraFileWire)
        {
            Query =
            [
                (ControlRoutes.PathQuery, true, "Below the root, parts joined by '/'."),
                (ControlRoutes.OffsetQuery, false, "The byte to begin at, as next_offset_bytes said; a negative one counts from the end. Absent: 0."),
            ],
        },
        new("GET", ControlRoutes.Usage, "Requests and tokens by key, model and node.", ContractsJson.Default.UsageWire)
        {
            Query = [(ControlRoutes.SinceQuery, false, "A moment (ISO 8601); absent: as far back as is kept.")],
            Admin = true,
        },
    ];

    /// <summary>What a hub serves: the same and the cluster's own.</summary>
    public static IReadOnlyList<ControlOperation> OfHub { get; } =
    [
        .. OfDaemon,
        new("POST", ControlRoutes.DrainNode, "Sends a machine nothing new; what runs there ends by itself.", ContractsJson.Default.NodeWire) { Admin = true },
        new("POST", ControlRoutes.ResumeNode, "Ends a drain.", ContractsJson.Default.NodeWire) { Admin = true },
        new("DELETE", ControlRoutes.Node, "Forgets a machine and revokes its credential.", ContractsJson.Default.NodeWire) { Admin = true },
        new("POST", ControlRoutes.Join, "Exchanges a join token for a credential of the node's own; called by daemons, open to anyone who has a token.", ContractsJson.Default.JoinedWire) { Body = ContractsJson.Default.JoinWire },
        new("POST", ControlRoutes.Heartbeat, "A node's sign of life, held until there is something to say; called by daemons with their node credential.", ContractsJson.Default.HeartbeatAckWire) { Body = ContractsJson.Default.HeartbeatWire },
        new("GET", ControlRoutes.Aliases, "The hub's own names for models: those of its configuration and those that were set here.", ContractsJson.Default.IReadOnlyListAliasWire),
        new("PUT", ControlRoutes.Alias, "Gives a model, or a ranked list of models, another name; it outlives the hub.", ContractsJson.Default.AliasWire) { Body = ContractsJson.Default.AliasRequestWire, Admin = true },
        new("DELETE", ControlRoutes.Alias, "Takes a name back that was set here.", ContractsJson.Default.AliasWire) { Admin = true },
        new("GET", ControlRoutes.Keys, "The keys, without their secrets.", ContractsJson.Default.IReadOnlyListKeyWire) { Admin = true },
        new("POST", ControlRoutes.Keys, "Makes a service key; its secret is in this answer and nowhere else.", ContractsJson.Default.KeyMadeWire) { Body = ContractsJson.Default.KeyRequestWire, Admin = true },
        new("DELETE", ControlRoutes.Key, "Revokes a key, by its id or name.", ContractsJson.Default.KeyWire) { Admin = true },
        new("POST", ControlRoutes.JoinTokens, "Makes a join token; it is in this answer and nowhere else.", ContractsJson.Default.JoinTokenWire) { Body = ContractsJson.Default.JoinTokenRequestWire, Admin = true },
    ];

    private static ControlOperation Command(string verb, string route, string summary) => new(verb, route, summary, ContractsJson.Default.ModelCommandResultWire)
    {
        Body = ContractsJson.Default.ModelCommandWire,
        Query = [Progress],
        Admin = true,
        Stream = (ControlRoutes.ProgressMediaType, ContractsJson.Default.ProgressWire),
    };
}
