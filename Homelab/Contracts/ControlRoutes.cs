namespace Homelab.Contracts;

/// <summary>Paths of the control API, absolute from the listener's root.</summary>
internal static class ControlRoutes
{
    public const string Prefix = "/homelab/v1";
    public const string Status = Prefix + "/status";
    public const string Nodes = Prefix + "/nodes";
    public const string Node = Prefix + "/nodes/{id}";
    public const string DrainNode = Prefix + "/nodes/{id}/drain";
    public const string ResumeNode = Prefix + "/nodes/{id}/resume";
    public const string Heartbeat = Prefix + "/nodes/heartbeat";
    public const string Join = Prefix + "/nodes/join";
    public const string Keys = Prefix + "/keys";
    public const string Key = Prefix + "/keys/{id}";
    public const string JoinTokens = Prefix + "/join-tokens";
    public const string Models = Prefix + "/models";
    public const string LoadModel = Prefix + "/models/load";
    public const string UnloadModel = Prefix + "/models/unload";
    public const string PullModel = Prefix + "/models/pull";
    public const string FitModel = Prefix + "/models/fit";
    public const string Apps = Prefix + "/apps";
    public const string StartApp = Prefix + "/apps/{name}/start";
    public const string StopApp = Prefix + "/apps/{name}/stop";
    public const string AppLogs = Prefix + "/apps/{name}/logs";
    public const string Aliases = Prefix + "/aliases";
    public const string Alias = Prefix + "/aliases/{name}";
    public const string Explain = Prefix + "/explain";
    public const string Events = Prefix + "/events";
    public const string Usage = Prefix + "/usage";
    public const string Infra = Prefix + "/infra";
    public const string InfraFolder = Prefix + "/infra/{node}/{root}";
    public const string InfraFile = Prefix + "/infra/{node}/{root}/file";
    public const string OpenApi = Prefix + "/openapi.json";

    /// <summary>Query of <see cref="LoadModel"/>, <see cref="UnloadModel"/> and <see cref="PullModel"/>: <c>?progress=true</c> streams NDJSON of <see cref="ProgressWire"/>.</summary>
    public const string ProgressQuery = "progress";

    /// <summary>Query of <see cref="Explain"/>: the model's name.</summary>
    public const string ModelQuery = "model";

    /// <summary>Query of <see cref="FitModel"/>: tokens of context for each sequence.</summary>
    public const string ContextQuery = "context";

    /// <summary>Query of <see cref="Events"/> (an event's id: what came after it) and of <see cref="Usage"/> (an ISO 8601 moment).</summary>
    public const string SinceQuery = "since";

    /// <summary>Query of <see cref="Events"/>: <c>?follow=false</c> ends the stream after what is kept; otherwise it stays open. Of <see cref="AppLogs"/>: <c>?follow=true</c> keeps it open.</summary>
    public const string FollowQuery = "follow";

    /// <summary>Query of <see cref="Models"/> at a hub: <c>?apps=true</c> lists apps too, under their own names.</summary>
    public const string AppsQuery = "apps";

    /// <summary>Query of <see cref="AppLogs"/>: how many of the last lines.</summary>
    public const string LinesQuery = "lines";

    /// <summary>Query of <see cref="Infra"/> and of what is done to apps: only that machine.</summary>
    public const string NodeQuery = "node";

    /// <summary>Query of <see cref="InfraFolder"/> and <see cref="InfraFile"/>: the way below the root, parts joined by <c>/</c>.</summary>
    public const string PathQuery = "path";

    /// <summary>Query of <see cref="InfraFile"/>: the byte to begin at; a negative one counts from the end.</summary>
    public const string OffsetQuery = "offset";

    /// <summary>The media type of <see cref="ProgressWire"/> lines.</summary>
    public const string ProgressMediaType = "application/x-ndjson";
}
