using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>What <c>models fit</c> shows: the answer, what the model needs and why, each device, and the contexts that fit.</summary>
internal static class FitView
{
    public static Report Build(FitWire fit, bool rich)
    {
        var (words, tone) = fit.Fits switch
        {
            "loaded" => ("is loaded", Tone.Good),
            "yes" => ("fits", Tone.Good),
            "after_evicting" => ("fits after evicting", Tone.Warning),
            "after_unloading_protected" => ("fits only by hand", Tone.Warning),
            _ => ("does not fit", Tone.Bad),
        };
        var report = new Report()
            .Line(Cell.Of(fit.Model, Tone.Strong).Then(" ").Then(words, tone).Then($" {(fit.Node.Length > 0 ? $"on {fit.Node}" : "this machine")}"))
            .Line(fit.Why);
        EstimateView.Add(report.Gap(), fit.Estimate);
        if (fit.Devices.Count > 0)
        {
            report.Gap().Table(Devices(fit, rich));
        }

        if (fit.LargestContext is { } now && fit.LargestContextAlone is { } alone)
        {
            report.Gap().Line(Cell.Of("context  ", Tone.Muted)
                .Then(now == alone ? $"up to {Tokens(now)}" : $"up to {Tokens(now)} beside what is in memory, {Tokens(alone)} alone")
                .Then(fit.TrainedContext is { } trained ? $"; the model was trained for {trained}" : ""));
        }

        foreach (var other in fit.Others ?? [])
        {
            report.Line(Cell.Of("or on    ", Tone.Muted).Then(other.Node, Tone.Strong).Then($": {other.Why}"));
        }

        return report;
    }

    private static string Tokens(int context) => context > 0 ? $"{context} tokens" : "none";

    private static Grid Devices(FitWire fit, bool rich)
    {
        var grid = new Grid(
            new Column("DEVICE"),
            new Column("LAYERS", Right: true),
            new Column("WEIGHTS", Right: true),
            new Column("KV CACHE", Right: true),
            new Column("STATE", Right: true, Optional: true),
            new Column("COMPUTE", Right: true),
            new Column("PROJECTOR", Right: true, Optional: true),
            new Column("OVERHEAD", Right: true),
            new Column("TOTAL", Right: true),
            new Column("FREE", Right: true),
            new Column("", Optional: true));
        foreach (var device in fit.Devices)
        {
            grid.Add(
                Cell.Of(device.Device, Tone.Strong),
                device.Layers.ToString(),
                Units.Bytes(device.WeightsBytes),
                Units.Bytes(device.KvCacheBytes),
                device.RecurrentStateBytes > 0 ? Units.Bytes(device.RecurrentStateBytes) : "",
                Units.Bytes(device.ComputeBytes),
                device.ProjectorBytes > 0 ? Units.Bytes(device.ProjectorBytes) : "",
                Units.Bytes(device.OverheadBytes),
                Cell.Of(Units.Bytes(device.TotalBytes), device.TotalBytes <= device.FreeBytes ? Tone.Good : Tone.Bad),
                Units.Bytes(device.FreeBytes),
                rich ? MemoryBar.Draw(Math.Max(1, device.FreeBytes), Math.Min(device.TotalBytes, device.FreeBytes), 0, rich) : "");
        }

        return grid;
    }
}
