using System.Globalization;
using Homelab.Domain.Models;

namespace Homelab.Bench.Estimates;

/// <summary>How far memory estimates are off, by architecture, against loads whose buffers llama.cpp printed: before anything was observed, after one load of the same
/// model with other settings, and after one with the same settings. What a process needs beside its buffers is not printed by anybody and not compared.</summary>
internal static class EstimateMeasurement
{
    private const double Mebi = 1 << 20;

    public static void Run()
    {
        Console.WriteLine("| estimate against observed buffers | models | loads | formula, median | furthest | without the weights, median | with margin, median | after one other load, median | after the same load, furthest |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var group in ObservedBuffers.All.GroupBy(load => load.Facts.Architecture).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Row(group.Key, [.. group]);
        }

        Row("all", ObservedBuffers.All);
    }

    private static void Row(string name, IReadOnlyList<ObservedLoad> loads)
    {
        double[] formula = [.. loads.Select(load => Error(load, Formula(load)))];
        double[] buffers = [.. loads.Select(load => Math.Abs(((Formula(load).KeyValueCache + Formula(load).Compute).Bytes / Mebi / (load.Total - load.Weights)) - 1))];
        double[] reserved = [.. loads.Select(load => Error(load, EstimateCorrections.Empty.Apply(Formula(load), load.Model, load.Facts.Architecture, load.Settings)))];
        double[] others = [.. loads.Select(AfterAnother)];
        double[] same = [.. loads.Select(AfterTheSame)];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {loads.Select(l => l.Model).Distinct().Count()} | {loads.Count} | {Median(formula):0.00 %} | {formula.Max():0.00 %} | {Median(buffers):0.00 %} | {Median(reserved):0.00 %} | {Median(others):0.00 %} | {same.Max():0.00 %} |"));
    }

    private static MemoryEstimate Formula(ObservedLoad load) => MemoryEstimator.FromFacts(load.Facts, load.Settings);

    private static double AfterAnother(ObservedLoad load)
    {
        var other = ObservedBuffers.All.First(l => l.Model == load.Model && l != load);
        return Error(load, Learn(other).Apply(Formula(load), load.Model, load.Facts.Architecture, load.Settings));
    }

    private static double AfterTheSame(ObservedLoad load)
    {
        var estimate = Learn(load).Apply(Formula(load), load.Model, load.Facts.Architecture, load.Settings);
        return Math.Abs((estimate.Total.Bytes / Mebi / load.Total) - 1);
    }

    private static EstimateCorrections Learn(ObservedLoad load) => EstimateCorrections.Empty.Learn(
        Formula(load), new ByteSize((long)(load.Total * Mebi)), load.Model, load.Facts.Architecture, load.Settings);

    private static double Error(ObservedLoad load, MemoryEstimate estimate) => Math.Abs((estimate.Reported * estimate.Correction / Mebi / load.Total) - 1);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
