using Homelab.Configuration;

namespace Homelab.Tests.Configuration;

/// <summary>Each kind of mistake gets its own words and its exact place.</summary>
public sealed class ConfigurationErrorTests
{
    [Theory]
    // Unknown keys, with what was meant.
    [InlineData("daemon:\n  lisen: 127.0.0.1:1\n", "homelab.yaml:2:3: daemon.lisen: is not a known key; did you mean 'listen'?")]
    [InlineData("deamon: {}\n", "homelab.yaml:1:1: deamon: is not a known key; did you mean 'daemon'?")]
    [InlineData("daemon: { idle-unload: 1m }\n", "homelab.yaml:1:11: daemon.idle-unload: is not a known key; did you mean 'idle_unload'?")]
    [InlineData("daemon: { idleUnload: 1m }\n", "homelab.yaml:1:11: daemon.idleUnload: is not a known key; did you mean 'idle_unload'?")]
    [InlineData("reserve: 1GiB\n", "homelab.yaml:1:1: reserve: is not a known key; did you mean 'daemon.memory.reserve'?")]
    [InlineData("mcp: { colour: red }\n", "homelab.yaml:1:8: mcp.colour: is not a known key; known here: listen, target, key, api_keys, read_only, allowed_hosts, allowed_origins")]
    // Wrong types.
    [InlineData("daemon: 5\n", "homelab.yaml:1:9: daemon: must be a mapping of keys to values, not one value")]
    [InlineData("- a\n", "homelab.yaml:1:1: must be a mapping of keys to values, not a list")]
    [InlineData("hello\n", "homelab.yaml:1:1: must be a mapping of keys to values, not one value")]
    [InlineData("models: { name: x }\n", "homelab.yaml:1:9: models: must be a list of mappings, each starting with '- ', not a mapping")]
    [InlineData("models: [ qwen3 ]\n", "homelab.yaml:1:11: models[0]: must be a mapping of keys to values, not one value")]
    [InlineData("models:\n  -\n", "homelab.yaml:2:4: models[0]: needs either a 'name' (settings of a model) or an 'alias' with 'of' (a ranked list)")]
    [InlineData("daemon:\n  api_keys: sk-very-secret\n", "homelab.yaml:2:13: daemon.api_keys: must be a list, written [ one, another ], not one value")]
    [InlineData("daemon: { listen: { a: b } }\n", "homelab.yaml:1:19: daemon.listen: must be a list, written [ one, another ], not a mapping")]
    [InlineData("daemon: { drain: [ 1s ] }\n", "homelab.yaml:1:18: daemon.drain: must be a duration such as 90s, 15m or 1h30m, not a list")]
    [InlineData("daemon: { drain: }\n", "homelab.yaml:1:11: daemon.drain: has no value; write a duration such as 90s, 15m or 1h30m or remove the key")]
    [InlineData("daemon: { pull_on_demand: yes }\n", "homelab.yaml:1:27: daemon.pull_on_demand: 'yes' is not true or false")]
    [InlineData("daemon: { pull_on_demand: \"true\" }\n", "homelab.yaml:1:27: daemon.pull_on_demand: 'true' stands in quotes; write true or false without them")]
    [InlineData("daemon: { queue: { max_waiting: many } }\n", "homelab.yaml:1:33: daemon.queue.max_waiting: 'many' is not a whole number")]
    [InlineData("daemon: { queue: { max_waiting: 1.5 } }\n", "homelab.yaml:1:33: daemon.queue.max_waiting: '1.5' is not a whole number")]
    [InlineData("daemon: { queue: { max_waiting: \"5\" } }\n", "homelab.yaml:1:33: daemon.queue.max_waiting: '5' stands in quotes; write the number without them")]
    [InlineData("daemon: { engines: { simulated: { tokens_per_second: .inf } } }\n", "homelab.yaml:1:54: daemon.engines.simulated.tokens_per_second: '.inf' is not a number")]
    [InlineData("node: { labels: [ a ] }\n", "homelab.yaml:1:17: node.labels: must be a mapping of names to texts, not a list")]
    [InlineData("node: { labels: { site: [ a ] } }\n", "homelab.yaml:1:25: node.labels.site: must be a text, not a list")]
    [InlineData("hub: { storage: postgre }\n", "homelab.yaml:1:17: hub.storage: the value is neither sqlite nor a mapping with the key postgres")]
    [InlineData("hub: { storage: sqlit }\n", "homelab.yaml:1:17: hub.storage: the value is neither sqlite nor a mapping with the key postgres; did you mean 'sqlite'?")]
    [InlineData("hub: { storage: { postgres: } }\n", "homelab.yaml:1:19: hub.storage.postgres.connection: is missing; every entry needs it")]
    // Impossible values.
    [InlineData("daemon: { drain: 15 minutes }\n", "homelab.yaml:1:18: daemon.drain: '15 minutes' is not a duration; write for example 90s, 15m or 1h30m")]
    [InlineData("daemon: { drain: 90 }\n", "homelab.yaml:1:18: daemon.drain: '90' has no unit; write for example 90s, 15m or 1h30m")]
    [InlineData("daemon: { load_timeout: 0 }\n", "homelab.yaml:1:25: daemon.load_timeout: '0' is out of range; it must be from 1s to 1d")]
    [InlineData("daemon: { max_body: 64Mi }\n", "homelab.yaml:1:21: daemon.max_body: '64Mi' is not a size; write for example 512MiB, 24GiB or 8GB")]
    [InlineData("daemon: { max_body: 1 }\n", "homelab.yaml:1:21: daemon.max_body: '1' is out of range; it must be from 1KiB to 1TiB")]
    [InlineData("daemon: { engines: { ollama: { parallel: 0 } } }\n", "homelab.yaml:1:42: daemon.engines.ollama.parallel: '0' is out of range; it must be from 1 to 256")]
    [InlineData("daemon: { memory: { cpu_offload: alow } }\n", "homelab.yaml:1:34: daemon.memory.cpu_offload: 'alow' is not one of never, allow; did you mean 'allow'?")]
    [InlineData("daemon: { memory: { devices: [ { name: a, kind: cuda } ] } }\n", "homelab.yaml:1:32: daemon.memory.devices[0].total: is missing; every entry needs it")]
    [InlineData("daemon: { listen: 42420 }\n", "homelab.yaml:1:19: daemon.listen[0]: '42420' has no port; write host:port, for example 127.0.0.1:42420 or [::1]:42420")]
    [InlineData("daemon: { listen: \"[::1]\" }\n", "homelab.yaml:1:19: daemon.listen[0]: '[::1]' has no port; write host:port, for example 127.0.0.1:42420 or [::1]:42420")]
    [InlineData("daemon: { listen: \"::1:42420\" }\n", "homelab.yaml:1:19: daemon.listen[0]: '::1:42420' is an IPv6 address without brackets; write [::1]:42420")]
    [InlineData("daemon: { listen: \":42420\" }\n", "homelab.yaml:1:19: daemon.listen[0]: ':42420' names no address; write 0.0.0.0:42420 for every IPv4 address of this machine or [::]:42420 for every address")]
    [InlineData("daemon: { listen: 127.0.0.1:99999 }\n", "homelab.yaml:1:19: daemon.listen[0]: '127.0.0.1:99999' has no valid port; a port is a number from 0 to 65535")]
    [InlineData("daemon: { listen: example.org:80 }\n", "homelab.yaml:1:19: daemon.listen[0]: 'example.org:80' must start with an IP address of this machine, or localhost")]
    [InlineData("daemon: { hub: 192.168.1.10:42421 }\n", "homelab.yaml:1:16: daemon.hub[0]: '192.168.1.10:42421' is not an address; write http://host:port or https://host:port")]
    [InlineData("daemon: { hub: \"http://me:pw@hub\" }\n", "homelab.yaml:1:16: daemon.hub[0]: the value must not hold a user name or password")]
    [InlineData("daemon: { allowed_hosts: [ \"http://x\" ] }\n", "homelab.yaml:1:28: daemon.allowed_hosts[0]: 'http://x' is not a host name; write it without http:// and without a port")]
    [InlineData("daemon: { allowed_origins: [ \"*\" ] }\n", "homelab.yaml:1:30: daemon.allowed_origins[0]: '*' would let every web page in; name each origin, for example https://chat.example.org")]
    [InlineData("daemon: { api_keys: [ \"a b\" ] }\n", "homelab.yaml:1:23: daemon.api_keys[0]: the value holds a space or a character that cannot stand in a header")]
    [InlineData("infra: { roots: [ { name: a, path: /proc } ] }\n", "homelab.yaml:1:36: infra.roots[0].path: /proc holds no files but windows into the kernel, the secrets of every process among them; name a folder of a disk")]
    [InlineData("infra: { roots: [ { name: a, path: /var/../sys/kernel } ] }\n", "homelab.yaml:1:36: infra.roots[0].path: /sys holds no files but windows into the kernel, the secrets of every process among them; name a folder of a disk")]
    [InlineData("infra: { roots: [ { name: a, path: logs } ] }\n", "homelab.yaml:1:36: infra.roots[0].path: 'logs' is not a whole path; start it with / or ~/")]
    [InlineData("models: [ { name: \"a b\" } ]\n", "homelab.yaml:1:19: models[0].name: 'a b' is not a model name; write it as Ollama does, for example qwen3:8b")]
    // What YAML allows and a configuration does not.
    [InlineData("a: [ b\n", "homelab.yaml:2:1: is not valid YAML: while parsing a flow sequence, did not find expected ',' or ']'")]
    [InlineData("daemon: {}\nnode: {}\ndaemon: {}\n", "homelab.yaml:3:1: has the key 'daemon' twice; the first is on line 1")]
    [InlineData("node: &a { name: x }\n", "homelab.yaml:1:7: uses an anchor (&name); write the value out")]
    [InlineData("node: *a\n", "homelab.yaml:1:7: uses an alias (*name); write the value out")]
    [InlineData("node: !x { name: x }\n", "homelab.yaml:1:7: uses a tag (!name); write the plain value")]
    [InlineData("node: {}\n---\nnode: {}\n", "homelab.yaml:2:1: holds a second document; one file is one configuration, so remove the '---'")]
    [InlineData("? [ a ]\n: b\n", "homelab.yaml:1:3: has a list or a mapping where a key should be")]
    // Rules between keys.
    [InlineData("mcp: { listen: \"0.0.0.0:8092\" }\n", "homelab.yaml:1:16: mcp.listen[0]: 0.0.0.0:8092 can be reached from other machines, and there is no key: anybody on the network could use these tools. Set mcp.api_keys, or listen on 127.0.0.1:8092")]
    [InlineData("mcp: { listen: [] }\n", "homelab.yaml:1:16: mcp.listen: is an empty list; nobody could reach the tools")]
    [InlineData("mcp: { listen: [ 127.0.0.1:1, 127.0.0.1:1 ] }\n", "homelab.yaml:1:31: mcp.listen[1]: names 127.0.0.1:1 a second time")]
    [InlineData("daemon:\n  listen: [ 127.0.0.1:1, \"0.0.0.0:2\" ]\n", "homelab.yaml:2:26: daemon.listen[1]: 0.0.0.0:2 can be reached from other machines, and there is no key: anybody on the network could use this daemon. Set daemon.api_keys (or join a hub with daemon.hub), or listen on 127.0.0.1:2")]
    [InlineData("daemon: { listen: [ 127.0.0.1:1, 127.0.0.1:1 ] }\n", "homelab.yaml:1:34: daemon.listen[1]: names 127.0.0.1:1 a second time")]
    [InlineData("daemon: { listen: [] }\n", "homelab.yaml:1:19: daemon.listen: is an empty list; nobody could reach the daemon")]
    [InlineData("daemon: { engines: { ollama: { url: http://localhost:42420 } } }\n", "homelab.yaml:1:37: daemon.engines.ollama.url: points at this daemon itself, which listens on port 42420; write the address where Ollama answers")]
    [InlineData("daemon: { memory: { devices: [ { name: a, kind: cuda, total: 512MiB } ] } }\n", "homelab.yaml:1:62: daemon.memory.devices[0].total: leaves nothing for models: 512 MiB is not more than daemon.memory.reserve, 512 MiB")]
    [InlineData("daemon: { hub: http://10.0.0.1:42421/base }\n", "homelab.yaml:1:16: daemon.hub[0]: has a path, which is not used; write http://10.0.0.1:42421")]
    [InlineData("daemon: { hub: [ http://10.0.0.1:1, http://10.0.0.1:1/ ] }\n", "homelab.yaml:1:37: daemon.hub[1]: names http://10.0.0.1:1 a second time")]
    [InlineData("daemon: { hub: http://localhost:42420 }\n", "homelab.yaml:1:16: daemon.hub[0]: points at this daemon itself, which listens on port 42420; write the address of the hub, whose usual port is 42421")]
    [InlineData("hub: { admin_key: k1, service_keys: [ { name: a, key: k1 } ] }\n", "homelab.yaml:1:55: hub.service_keys[0].key: the same value is already hub.admin_key")]
    [InlineData("hub: { admin_key: k1, join_token: k1 }\n", "homelab.yaml:1:35: hub.join_token: the same value is already hub.admin_key")]
    [InlineData("models: [ { alias: a, of: [ b ], require: { site: home } } ]\n", "homelab.yaml:1:43: models[0].require: is a setting of a model, but this entry is an alias; set it at the models themselves")]
    [InlineData("hub: { lost_after: 10s }\n", "homelab.yaml:1:20: hub.lost_after: hub.lost_after (10s) must be longer than hub.suspect_after (15s)")]
    [InlineData("hub: { heartbeat: 20s }\n", "homelab.yaml:1:19: hub.heartbeat: hub.suspect_after (15s) must be longer than hub.heartbeat (20s)")]
    [InlineData("hub: { service_keys: [ { name: a, key: k1 }, { name: b, key: k1 } ] }\n", "homelab.yaml:1:62: hub.service_keys[1].key: the same value is already hub.service_keys[0].key")]
    [InlineData("models: [ { name: a, alias: b, of: [ c ] } ]\n", "homelab.yaml:1:29: models[0].alias: stands beside 'name'; write two entries, or use 'aliases' for other names of one model")]
    [InlineData("models: [ { of: [ c ] } ]\n", "homelab.yaml:1:11: models[0]: has a list 'of' but no 'alias' that names it")]
    [InlineData("models: [ { alias: b } ]\n", "homelab.yaml:1:11: models[0].of: is missing or empty; list the models that the alias stands for, best first")]
    [InlineData("models: [ { alias: b, of: [ c ], pin: true } ]\n", "homelab.yaml:1:39: models[0].pin: is a setting of a model, but this entry is an alias; set it at the models themselves")]
    [InlineData("models: [ { alias: b, of: [ c, \"c:latest\" ] } ]\n", "homelab.yaml:1:32: models[0].of[1]: 'c:latest' is in the list twice")]
    [InlineData("models: [ { name: a }, { name: \"A:latest\" } ]\n", "homelab.yaml:1:32: models[1].name: 'A:latest' is already models[0].name")]
    [InlineData("models: [ { name: a, aliases: [ b ] }, { name: b } ]\n", "homelab.yaml:1:33: models[0].aliases[0]: 'b' is already models[1].name")]
    [InlineData("models: [ { alias: a, of: [ b ] }, { alias: b, of: [ a ] } ]\n", "homelab.yaml:1:29: models[0].of[0]: 'b' leads back to an alias that it is part of; an alias may not contain itself")]
    public void A_mistake_is_named_at_its_place(string text, string first)
    {
        var loaded = ConfigurationLoader.LoadText(text);

        Assert.Null(loaded.Config);
        Assert.Equal(first, loaded.Problems[0].ToString());
    }

    [Fact]
    public void Every_mistake_is_named_at_once_in_the_order_of_the_file()
    {
        var loaded = ConfigurationLoader.LoadText("""
            node:
              nam: tower
            daemon:
              listen: 0.0.0.0:42420
              drain: soon
              queue: { max_waiting: -1 }
            models:
              - name: qwen3:8b
                pin: maybe
            """);

        Assert.Equal(
            """
            homelab.yaml:2:3: node.nam: is not a known key; did you mean 'name'?
            homelab.yaml:4:11: daemon.listen[0]: 0.0.0.0:42420 can be reached from other machines, and there is no key: anybody on the network could use this daemon. Set daemon.api_keys (or join a hub with daemon.hub), or listen on 127.0.0.1:42420
            homelab.yaml:5:10: daemon.drain: 'soon' is not a duration; write for example 90s, 15m or 1h30m
            homelab.yaml:6:25: daemon.queue.max_waiting: '-1' is out of range; it must be from 0 to 1000000
            homelab.yaml:9:10: models[0].pin: 'maybe' is not true or false
            """,
            string.Join('\n', loaded.Problems));
    }

    [Fact]
    public void A_wrong_key_list_is_not_also_blamed_on_the_listener()
    {
        var loaded = ConfigurationLoader.LoadText("daemon: { listen: \"0.0.0.0:1\", api_keys: 5 }");

        Assert.Equal("daemon.api_keys", Assert.Single(loaded.Problems).Key);
    }

    [Fact]
    public void More_than_a_hundred_mistakes_are_counted_not_listed()
    {
        var loaded = ConfigurationLoader.LoadText(string.Concat(Enumerable.Range(0, 150).Select(i => $"wrong{i}: 1\n")));

        Assert.Equal(101, loaded.Problems.Count);
        Assert.Equal("homelab.yaml:1:1: has 50 more problems", loaded.Problems[^1].ToString());
    }
}
