using System.Globalization;
using System.Text.RegularExpressions;
using Homelab.Tests.EndToEnd;

namespace Homelab.Tests.Cli;

/// <summary><c>/metrics</c> of a daemon that has served, refused, loaded and unloaded.</summary>
[Collection(EndToEndGroup.Name)]
public sealed partial class DaemonMetricsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_family_is_there_with_what_happened_in_it()
    {
        await using var daemon = await UsedAsync();

        var text = await daemon.ReadAsync("/metrics");
        foreach (var (family, sample) in new[]
        {
            ("homelab_requests_total counter", """homelab_requests_total{route="/v1/chat/completions",model="sim-small:3b",tier="local-cold",code="200"} 1"""),
            ("homelab_request_seconds histogram", """homelab_request_seconds_count{route="/v1/chat/completions"}"""),
            ("homelab_time_to_first_byte_seconds histogram", """homelab_time_to_first_byte_seconds_count{model="sim-small:3b"} 1"""),
            ("homelab_overhead_seconds histogram", "homelab_overhead_seconds_count "),
            ("homelab_tokens_total counter", """homelab_tokens_total{model="sim-small:3b",kind="completion"} 5"""),
            ("homelab_loads_total counter", """homelab_loads_total{model="sim-small:3b",outcome="succeeded"} 1"""),
            ("homelab_load_seconds histogram", """homelab_load_seconds_count{model="sim-small:3b"} 1"""),
            ("homelab_evictions_total counter", """homelab_evictions_total{reason="operator"} 1"""),
            ("homelab_leases gauge", """homelab_leases{model="sim-small:3b"} 0"""),
            ("homelab_queue_depth gauge", "homelab_queue_depth 0"),
            ("homelab_memory_bytes gauge", """homelab_memory_bytes{device="sim0",kind="total"} 25769803776"""),
            ("homelab_model_state gauge", """homelab_model_state{model="sim-small:3b",state="on_disk"} 1"""),
            ("homelab_engine_up gauge", "homelab_engine_up 1"),
        })
        {
            Assert.Contains($"# TYPE {family}\n", text, StringComparison.Ordinal);
            Assert.Contains(sample, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Names_that_callers_make_up_never_become_labels()
    {
        await using var daemon = await RunningDaemon.StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await daemon.PostAsync("/v1/chat/completions", $$"""{"model":"made-up-{{i}}","messages":[]}""");
            await daemon.PostAsync($"/v1/made-up-{i}", """{"model":"sim-small:3b"}""");
            await daemon.ReadAsync($"/homelab/v1/explain?model=made-up-{i}");
            await daemon.PostAsync("/homelab/v1/models/load", $$"""{"model":"made-up-{{i}}"}""");
            await daemon.PostAsync("/homelab/v1/models/pull", $$"""{"model":"made-up-{{i}}"}""");
        }

        Assert.DoesNotContain("made-up", await daemon.ReadAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_sample_belongs_to_a_family_with_help_and_type_and_has_a_number()
    {
        await using var daemon = await UsedAsync();

        foreach (var line in (await daemon.ReadAsync("/metrics")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#'))
        {
            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            Assert.True(double.TryParse(sample.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _), line);
            Assert.StartsWith("homelab_", Foreign().Replace(sample.Groups["name"].Value, "homelab_"), StringComparison.Ordinal);
        }
    }

    [ProgramFact("promtool", "Debian has it in the package prometheus")]
    public async Task Prometheus_own_linter_has_nothing_to_say()
    {
        await using var daemon = await UsedAsync();
        await using var promtool = TestProcess.Start(ProgramSearch.Find("promtool")!, ["check", "metrics"], input: await daemon.ReadAsync("/metrics"));

        Assert.Equal((0, "", ""), (await promtool.ExitAsync(Patience), promtool.Output, promtool.Error));
    }

    private static async Task<RunningDaemon> UsedAsync()
    {
        var daemon = await RunningDaemon.StartAsync();
        Assert.Equal(200, (await daemon.PostAsync("/v1/chat/completions", """{"model":"sim-small:3b","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""")).Status);
        Assert.Equal(404, (await daemon.PostAsync("/v1/chat/completions", """{"model":"nobody","messages":[]}""")).Status);
        // The lease goes back just after the last byte is out.
        await Eventually.BecomesAsync("the status", "no lease", () => daemon.ReadAsync("/homelab/v1/status"), s => s.Contains("\"leases\":0", StringComparison.Ordinal));
        Assert.Equal(200, (await daemon.PostAsync("/homelab/v1/models/unload", """{"model":"sim-small:3b"}""")).Status);
        return daemon;
    }

    [GeneratedRegex("""\A(?<name>[a-z_]+)(\{([a-z_]+="[^"\\\n]*",?)+\})? (?<value>\S+)\z""")]
    private static partial Regex Sample();

    /// <summary>Names that Prometheus' dashboards know from every program.</summary>
    [GeneratedRegex(@"\A(process|dotnet)_")]
    private static partial Regex Foreign();
}
