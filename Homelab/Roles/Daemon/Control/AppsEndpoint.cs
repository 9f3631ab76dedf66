using System.Globalization;
using System.Text;
using Homelab.Apps.Catalog;
using Homelab.Apps.Manifests;
using Homelab.Apps.Output;
using Homelab.Apps.Running;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Roles.Daemon.Apps;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/apps</c>: the apps of this machine and what is wrong with their manifests. <c>POST /apps/{name}/start</c>, <c>/stop</c> and <c>GET /apps/{name}/logs</c>:
/// admins only.</summary>
internal sealed class AppsEndpoint(DaemonParts parts, DaemonFacts facts, AppDesk desk, ModelOperations operations, HomelabFolder folder, CancellationToken stop)
{
    private const int UsualLines = 100;

    /// <summary>An order may wait for files that take hours.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromHours(24);

    private static readonly byte[] NewLine = "\n"u8.ToArray();

    public async Task ListAsync(HttpContext context)
    {
        if (await IsHereAsync(context).ConfigureAwait(false))
        {
            var principal = context.GetPrincipal();
            IReadOnlyList<AppWire> apps = [.. desk.Manifests.Entries.Where(e => principal?.MayUse("apps/" + e.Name) != false).Select(e => Read(e, principal))];
            await ControlReply.WriteAsync(context, apps, ContractsJson.Default.IReadOnlyListAppWire).ConfigureAwait(false);
        }
    }

    public async Task StartAsync(HttpContext context)
    {
        if (await FindAsync(context).ConfigureAwait(false) is { } target)
        {
            var reply = new CommandReply(context);
            Func<ProgressWire, Task>? report = reply.Streams ? step => reply.ReportAsync(WithFiles(target.Name, step)) : null;
            await EndAsync(reply, await operations.LoadAsync(target, LongestStart, report, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    public async Task StopAsync(HttpContext context)
    {
        if (await FindAsync(context).ConfigureAwait(false) is { } target)
        {
            await EndAsync(new CommandReply(context), await operations.UnloadAsync(target, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>The last lines that it printed, and with <c>?follow=true</c> all further ones.</summary>
    public async Task LogsAsync(HttpContext context)
    {
        var name = context.Request.RouteValues["name"] as string ?? "";
        if (AppName.Check(name) is not null || (desk.Manifests.Find(name) is null && !File.Exists(AppStarts.LogOf(folder, name))))
        {
            await FailAsync(context, name).ConfigureAwait(false);
            return;
        }

        var query = context.Request.Query;
        var asked = query[ControlRoutes.LinesQuery].ToString();
        var lines = UsualLines;
        if (asked.Length > 0 && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out lines) || lines > AppLogReader.MostLines))
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", $"lines must be a number from 0 to {AppLogReader.MostLines}", ControlRoutes.LinesQuery).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        var log = new AppLogReader(AppStarts.LogOf(folder, name), parts.Clock.Time);
        if (string.Equals(query[ControlRoutes.FollowQuery], "true", StringComparison.OrdinalIgnoreCase))
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stop);
            await context.Response.StartAsync(context.RequestAborted).ConfigureAwait(false);
            await log.FollowAsync(lines, line => WriteAsync(context, line, flush: true), either.Token).ConfigureAwait(false);
            return;
        }

        foreach (var line in log.Last(lines))
        {
            await WriteAsync(context, line, flush: false).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(HttpContext context, string line, bool flush)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line), context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.WriteAsync(NewLine, context.RequestAborted).ConfigureAwait(false);
        if (flush)
        {
            await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static Task EndAsync(CommandReply reply, OperationOutcome outcome) => outcome is { Result: { } result }
        ? reply.DoneAsync(result)
        : reply.FailAsync(outcome.Error!.Status, outcome.Error.Code, outcome.Error.Message);

    /// <summary>While its files are being fetched that is what it waits for.</summary>
    private ProgressWire WithFiles(ModelName app, ProgressWire step)
    {
        var files = desk.Files.Running(app.AppName);
        if (files.IsEmpty || parts.Loop.Snapshot.Models.GetValueOrDefault(app) is not { Inspecting: true })
        {
            return step.Phase == "loading" ? step with { Phase = "starting" } : step;
        }

        var done = files.Sum(f => f.Bytes);
        long? total = files.All(f => f.TotalBytes is not null) ? files.Sum(f => f.TotalBytes!.Value) : null;
        var words = string.Join(", ", files.Where(f => f.State is not ("done" or "waiting")).Take(3).Select(f => $"{f.Path} ({f.State})"));
        return new ProgressWire("downloading", words.Length > 0 ? words : null, done, total, total is > 0 and var all ? (double)done / all : null);
    }

    private async Task<bool> IsHereAsync(HttpContext context)
    {
        if (context.Request.Query[ControlRoutes.NodeQuery].ToString() is not { Length: > 0 } node || node == facts.NodeId || string.Equals(node, parts.Settings.NodeName, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        await ControlReply.FailAsync(context, 404, "node_not_found", $"there is no such node; this daemon knows only its own apps, those of {parts.Settings.NodeName}", "node").ConfigureAwait(false);
        return false;
    }

    /// <summary>The app that the path names; null, and the request answered, where there is none that could be started.</summary>
    private async Task<RouteTarget?> FindAsync(HttpContext context)
    {
        var name = context.Request.RouteValues["name"] as string ?? "";
        if (!await IsHereAsync(context).ConfigureAwait(false))
        {
            return null;
        }

        if (AppName.Check(name) is null && operations.Find("apps/" + name) is { } target)
        {
            return target;
        }

        await FailAsync(context, name).ConfigureAwait(false);
        return null;
    }

    private Task FailAsync(HttpContext context, string name)
    {
        // Whoever has just written it wants to know what is wrong with it.
        if (desk.Manifests.Find(name) is { Problems: [var problem, ..] })
        {
            return ControlReply.FailAsync(context, 409, "invalid_manifest", $"the app {name} cannot be used: {problem}", "name");
        }

        var message = ModelName.TryParse("apps/" + name, out var app) && app.IsApp ? Refusals.NotInstalled(parts.Settings.NodeName, app, pulling: false).Message : "that is not the name of an app";
        return ControlReply.FailAsync(context, 404, "app_not_found", message, "name");
    }

    /// <summary>Where the process is, and what is wrong with the file, is for those who administer the machine.</summary>
    private AppWire Read(AppEntry entry, Principal? principal)
    {
        var isAdmin = principal?.IsAdmin == true;
        IReadOnlyList<string>? problems = entry.Problems.IsEmpty ? null : isAdmin ? [.. entry.Problems] : ["its manifest cannot be used as it is now"];
        if (entry.Manifest is not { } manifest)
        {
            return new AppWire(entry.Name, parts.Settings.NodeName, "invalid", [], Problems: problems);
        }

        var name = ModelName.OfApp(manifest.Name);
        var record = parts.Loop.Snapshot.Models.GetValueOrDefault(name);
        var gate = parts.Loop.Model(name).Gate;
        var leases = gate.Leases;
        var run = desk.RunOf(name);
        var files = desk.Files.Running(manifest.Name);
        var isRunning = record is { State: ModelState.Hot or ModelState.Leased, Replica: not null };
        return new AppWire(
            manifest.Name,
            parts.Settings.NodeName,
            StateOf(record, leases),
            manifest.Models,
            leases,
            manifest.Vram.Bytes,
            manifest.Ram.Bytes,
            isRunning && leases == 0 ? Math.Max(0, (parts.Clock.Now - (gate.LastUsed > record!.Replica!.LastUsed ? gate.LastUsed : record.Replica.LastUsed)).TotalSeconds) : null,
            manifest.IdleTimeout.TotalSeconds,
            isAdmin ? run?.Process.Port : null,
            isAdmin ? run?.Process.Id : null,
            record?.Failure is { } failure ? new ModelFailureWire(failure.Reason, failure.Attempts, Math.Max(0, (failure.RetryAt - parts.Clock.Now).TotalSeconds)) : null,
            problems,
            files.IsEmpty ? null : files);
    }

    private static string StateOf(ModelRecord? record, int leases) => record switch
    {
        { State: ModelState.Loading } => "starting",
        { State: ModelState.Unloading } or { Replica.Leaving: not null } => "stopping",
        { State: ModelState.Hot or ModelState.Leased } => leases > 0 ? "in_use" : "running",
        { Inspecting: true } => "downloading",
        { Load: not null } => "starting",
        { Failure: not null } => "failed",
        _ => "stopped",
    };
}
