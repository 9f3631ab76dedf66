using Homelab.Domain.Memory;

namespace Homelab.Configuration.Rules;

/// <summary>What must hold between keys: each value is fine by itself, but together they make no sense or are not safe.</summary>
internal static class ConfigurationRules
{
    public static void Check(HomelabConfig config, ConfigurationReport report)
    {
        var daemon = config.Daemon;
        CheckListen("daemon", daemon.Listen, hasKeys: daemon.ApiKeys.Count > 0 || daemon.Hub.Count > 0 || report.Touches("daemon.api_keys", "daemon.hub"), "daemon.api_keys (or join a hub with daemon.hub)", report);
        CheckEngineIsNotThisDaemon(config.Daemon, report);
        CheckDaemonHubs(config.Daemon, report);
        CheckDevices(config.Daemon.Memory, report);
        CheckUnique("daemon.engines.simulated.models", "name", config.Daemon.Engines.Simulated.Models.Select(m => m.Name), report);
        ModelRules.Check(config.Models, report);
        CheckHub(config.Hub, report);
        CheckListen("mcp", config.Mcp.Listen, hasKeys: config.Mcp.ApiKeys.Count > 0 || report.Touches("mcp.api_keys"), "mcp.api_keys", report);
        CheckUnique("infra.roots", "name", config.Infra.Roots.Select(r => r.Name), report);
        CheckInfraRoots(config.Infra, report);
    }

    /// <summary>What other machines can reach needs a key, and no address is listened at twice.</summary>
    /// <param name="role">Whose section it is.</param>
    /// <param name="listen">Its addresses.</param>
    /// <param name="hasKeys">Whether callers must show one, or that is already complained of.</param>
    /// <param name="keys">Where keys are set.</param>
    /// <param name="report">Told what is wrong.</param>
    private static void CheckListen(string role, StringList listen, bool hasKeys, string keys, ConfigurationReport report)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < listen.Count; i++)
        {
            var path = $"{role}.listen[{i}]";
            if (report.Touches($"{role}.listen") || !ListenAddress.TryParse(listen[i], out var address, out _))
            {
                return;
            }

            if (!seen.Add(address.ToString()) && address.Port != 0)
            {
                report.Add(path, $"names {address} a second time");
            }

            if (!address.IsLoopback && !hasKeys)
            {
                var what = role == "mcp" ? "these tools" : $"this {role}";
                report.Add(path, $"{address} can be reached from other machines, and there is no key: anybody on the network could use {what}. Set {keys}, or listen on 127.0.0.1:{address.Port}");
            }
        }

        if (listen.Count == 0 && !report.Touches($"{role}.listen"))
        {
            report.Add($"{role}.listen", role == "mcp" ? "is an empty list; nobody could reach the tools" : $"is an empty list; nobody could reach the {role}");
        }
    }

    private static void CheckEngineIsNotThisDaemon(DaemonConfig daemon, ConfigurationReport report)
    {
        const string Path = "daemon.engines.ollama.url";
        if (!report.Touches(Path, "daemon.listen")
            && Uri.TryCreate(daemon.Engines.Ollama.Url, UriKind.Absolute, out var url) && url.IsLoopback
            && daemon.Listen.Any(l => ListenAddress.TryParse(l, out var address, out _) && address.Port == url.Port))
        {
            report.Add(Path, $"points at this daemon itself, which listens on port {url.Port}; write the address where Ollama answers");
        }
    }

    /// <summary>A hub is a machine: what is behind a path is not reached, and a daemon is no hub of its own.</summary>
    private static void CheckDaemonHubs(DaemonConfig daemon, ConfigurationReport report)
    {
        var seen = new HashSet<Uri>();
        for (var i = 0; i < daemon.Hub.Count; i++)
        {
            var path = $"daemon.hub[{i}]";
            if (report.Touches("daemon.hub") || !Uri.TryCreate(daemon.Hub[i], UriKind.Absolute, out var url))
            {
                return;
            }

            if (url.AbsolutePath != "/")
            {
                report.Add(path, $"has a path, which is not used; write {url.GetLeftPart(UriPartial.Authority)}");
            }
            else if (!seen.Add(url))
            {
                report.Add(path, $"names {url.GetLeftPart(UriPartial.Authority)} a second time");
            }
            else if (url.IsLoopback && !report.Touches("daemon.listen") && daemon.Listen.Any(l => ListenAddress.TryParse(l, out var address, out _) && address.Port == url.Port))
            {
                report.Add(path, $"points at this daemon itself, which listens on port {url.Port}; write the address of the hub, whose usual port is 42421");
            }
        }
    }

    private static void CheckDevices(MemoryConfig memory, ConfigurationReport report)
    {
        CheckUnique("daemon.memory.devices", "name", memory.Devices.Select(d => d.Name), report);
        for (var i = 0; i < memory.Devices.Count; i++)
        {
            var path = $"daemon.memory.devices[{i}].total";
            var device = memory.Devices[i];
            if (!report.Touches(path, "daemon.memory.reserve") && device.Total <= memory.Reserve)
            {
                report.Add(path, $"leaves nothing for models: {device.Total} is not more than daemon.memory.reserve, {memory.Reserve}");
            }
        }

        var ram = memory.Devices.FindIndex(d => d.Kind == DeviceKind.Ram);
        var second = ram < 0 ? -1 : memory.Devices.FindIndex(ram + 1, d => d.Kind == DeviceKind.Ram);
        if (second >= 0 && !report.Touches("daemon.memory.devices"))
        {
            report.Add($"daemon.memory.devices[{second}].kind", "names the machine's RAM a second time; a machine has one");
        }
    }

    private static void CheckHub(HubConfig hub, ConfigurationReport report)
    {
        CheckUnique("hub.service_keys", "name", hub.ServiceKeys.Select(k => k.Name), report);
        CheckUnique("hub.service_keys", "key", hub.ServiceKeys.Select(k => k.Key), report, secret: true);
        CheckOrder("hub.heartbeat", hub.Heartbeat, "hub.suspect_after", hub.SuspectAfter, report);
        CheckKeysDiffer(hub, report);
        CheckOrder("hub.suspect_after", hub.SuspectAfter, "hub.lost_after", hub.LostAfter, report);
        if (hub.Listen.Count == 0 && !report.Touches("hub.listen"))
        {
            report.Add("hub.listen", "is an empty list; nobody could reach the hub");
        }
    }

    /// <summary>One text that is two keys would have the rights of both.</summary>
    private static void CheckKeysDiffer(HubConfig hub, ConfigurationReport report)
    {
        foreach (var (i, key) in hub.ServiceKeys.Index())
        {
            if ((key.Key == hub.AdminKey || key.Key == hub.JoinToken) && key.Key.Length > 0 && !report.Touches("hub.service_keys"))
            {
                report.Add($"hub.service_keys[{i}].key", $"the same value is already {(key.Key == hub.AdminKey ? "hub.admin_key" : "hub.join_token")}");
            }
        }

        if (hub.AdminKey is { Length: > 0 } && hub.AdminKey == hub.JoinToken && !report.Touches("hub.join_token", "hub.admin_key"))
        {
            report.Add("hub.join_token", "the same value is already hub.admin_key");
        }
    }

    /// <summary>What the kernel shows as files is none: environments of processes, memory, devices.</summary>
    private static void CheckInfraRoots(InfraConfig infra, ConfigurationReport report)
    {
        foreach (var (i, root) in infra.Roots.Index())
        {
            var path = $"infra.roots[{i}].path";
            if (!OperatingSystem.IsWindows() && !report.Touches(path) && Array.Find(["/proc", "/sys", "/dev"], k => Path.GetFullPath(root.Path) is var full && (full == k || full.StartsWith(k + "/", StringComparison.Ordinal))) is { } kernels)
            {
                report.Add(path, $"{kernels} holds no files but windows into the kernel, the secrets of every process among them; name a folder of a disk");
            }
        }
    }

    private static void CheckOrder(string shorterPath, Duration shorter, string longerPath, Duration longer, ConfigurationReport report)
    {
        if (longer.Value <= shorter.Value && !report.Touches(shorterPath, longerPath))
        {
            var path = report.Find(longerPath) is null ? shorterPath : longerPath;
            report.Add(path, $"{longerPath} ({longer}) must be longer than {shorterPath} ({shorter})");
        }
    }

    private static void CheckUnique(string list, string key, IEnumerable<string> values, ConfigurationReport report, bool secret = false)
    {
        var first = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (i, value) in values.Index())
        {
            var path = $"{list}[{i}].{key}";
            if (value.Length > 0 && !first.TryAdd(value, i) && !report.Touches(path))
            {
                var shown = secret ? "the same value" : $"'{Wording.Shorten(value)}'";
                report.Add(path, $"{shown} is already {list}[{first[value]}].{key}");
            }
        }
    }
}
