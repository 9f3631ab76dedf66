using System.Globalization;
using System.Text;

namespace Homelab.Bench;

/// <summary>Collects the figures and writes them as the markdown that stands in the README.</summary>
internal sealed class Report(BenchOptions options, IReadOnlyList<Target> targets, IReadOnlyList<StartUp> startUps, long residentIdle)
{
    private readonly Dictionary<(string Scenario, string Target), List<LoadResult>> _results = [];
    private readonly Dictionary<string, long> _residentMost = [];
    private readonly List<string> _scenarios = [];
    private double _bytesPerRequest = double.NaN;
    private double _bytesPerChunk = double.NaN;
    private string? _firstError;

    /// <summary>Wrong answers of the measured rounds.</summary>
    public int Errors { get; private set; }

    /// <summary>Adds one run; rounds come in order.</summary>
    public void Add(int round, Scenario scenario, Target target, LoadResult result)
    {
        if (!_scenarios.Contains(scenario.Name))
        {
            _scenarios.Add(scenario.Name);
        }

        if (!_results.TryGetValue((scenario.Name, target.Name), out var list))
        {
            _results[(scenario.Name, target.Name)] = list = [];
        }

        if (list.Count != round)
        {
            throw new InvalidOperationException($"round {round} of {target.Name} comes after {list.Count}");
        }

        list.Add(result);
        Errors += result.Errors;
        _firstError ??= result.FirstError is { } error ? $"{target.Name}, {scenario.Name}: {error}" : null;
    }

    /// <summary>Remembers the largest resident memory seen.</summary>
    public void SawResident(Target target) =>
        _residentMost[target.Name] = Math.Max(_residentMost.GetValueOrDefault(target.Name), target.ResidentBytes());

    public void SetAllocations(double perRequest, double perChunk)
    {
        _bytesPerRequest = perRequest;
        _bytesPerChunk = perChunk;
    }

    public string Markdown()
    {
        var text = new StringBuilder();
        var proxies = targets.Skip(1).Select(t => t.Name).ToArray();
        text.AppendLine(Inv($"Medians of {options.Rounds} interleaved rounds of {options.Period.TotalSeconds} s, whole answers over loopback, {Environment.ProcessorCount} cores shared with mock and load generator{Load()}."));
        text.AppendLine();
        text.AppendLine($"| added to p50 / p99, µs | direct (absolute) | {string.Join(" | ", proxies)} |");
        text.AppendLine($"| --- |{string.Concat(Enumerable.Repeat(" ---: |", proxies.Length + 1))}");
        foreach (var scenario in _scenarios)
        {
            text.AppendLine($"| {scenario} | {Pair(scenario, null)} | {string.Join(" | ", proxies.Select(p => Pair(scenario, p)))} |");
        }

        foreach (var scenario in _scenarios.Where(s => s.EndsWith("32 conn", StringComparison.Ordinal)))
        {
            text.AppendLine($"| {scenario}: requests/s | {string.Join(" | ", targets.Select(t => Figure(scenario, t.Name, r => r.PerSecond)))} |");
        }

        foreach (var scenario in _scenarios.Where(s => s.EndsWith("32 conn", StringComparison.Ordinal)))
        {
            text.AppendLine($"| {scenario}: processor µs/request | {string.Join(" | ", targets.Select(t => Figure(scenario, t.Name, r => r.BusyMicrosecondsPerRequest)))} |");
        }

        text.AppendLine($"| resident memory, most seen under load, MB | {string.Join(" | ", targets.Select(t => Inv($"{_residentMost.GetValueOrDefault(t.Name) / 1e6:0.0}")))} |");
        text.AppendLine();
        text.AppendLine("| homelab | |");
        text.AppendLine("| --- | ---: |");
        text.AppendLine(Inv($"| resident memory idle, MB | {residentIdle / 1e6:0.0} |"));
        text.AppendLine($"| allocated per JSON request, bytes | {Number(_bytesPerRequest)} |");
        text.AppendLine($"| allocated per stream chunk, bytes | {Number(_bytesPerChunk)} |");
        text.AppendLine(Inv($"| start to first answer (/healthz), ms, median of {startUps.Count} | {Median.Of(startUps.Select(s => s.Alive.TotalMilliseconds)):0} |"));
        text.AppendLine(Inv($"| start to first completed chat request, ms | {Median.Of(startUps.Select(s => s.Served.TotalMilliseconds)):0} |"));
        text.AppendLine(Inv($"| executable, MB | {new FileInfo(options.Executable).Length / 1e6:0.0} |"));
        if (Errors > 0)
        {
            text.AppendLine();
            text.AppendLine(Inv($"**{Errors} wrong answers**; the first: {_firstError}"));
        }

        return text.ToString();
    }

    /// <summary>p50 and p99, absolute for the mock itself, else what a target adds to the mock's of the same round.</summary>
    private string Pair(string scenario, string? proxy)
    {
        var direct = _results[(scenario, targets[0].Name)];
        var own = proxy is null ? null : _results[(scenario, proxy)];
        double At(double rank) => Median.Of(direct.Select((d, round) => own is null ? d.Percentile(rank) : own[round].Percentile(rank) - d.Percentile(rank)));
        return Inv($"{At(0.5):0} / {At(0.99):0}");
    }

    private string Figure(string scenario, string target, Func<LoadResult, double> read) => Number(Median.Of(_results[(scenario, target)].Select(read)));

    private static string Load() =>
        File.Exists("/proc/loadavg") ? $", load average {File.ReadAllText("/proc/loadavg").Split(' ')[0]} at the end" : "";

    private static string Number(double value) => double.IsNaN(value) ? "not exposed" : Inv($"{value:0}");

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
