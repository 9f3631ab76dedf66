using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon;

/// <summary>The learnt corrections of the memory estimate as they are kept in <c>state/calibration.json</c>.</summary>
internal sealed class CalibrationDocument
{
    /// <summary>Raised when the meaning of a field changes; a document of another version is ignored.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; set; } = CurrentVersion;

    /// <summary>Bytes by digest, settings and engine version.</summary>
    public Dictionary<string, long> MeasuredBytes { get; set; } = [];

    /// <summary>Measurements that each of <see cref="MeasuredBytes"/> was made of; 0 after a load that failed.</summary>
    public Dictionary<string, int> Observations { get; set; } = [];

    /// <summary>The keys of <see cref="MeasuredBytes"/>, oldest first.</summary>
    public List<string> Order { get; set; } = [];

    public Dictionary<string, double> RatioByArchitecture { get; set; } = [];

    public Dictionary<string, int> SamplesByArchitecture { get; set; } = [];

    public static CalibrationDocument Of(EstimateCorrections corrections) => new()
    {
        MeasuredBytes = corrections.Measured.ToDictionary(m => m.Key, m => m.Value.Bytes),
        Observations = new Dictionary<string, int>(corrections.Observations),
        Order = [.. corrections.Order],
        RatioByArchitecture = new Dictionary<string, double>(corrections.RatioByArchitecture),
        SamplesByArchitecture = new Dictionary<string, int>(corrections.SamplesByArchitecture),
    };

    /// <summary>What the document says, absurd entries left out: the file is the user's to edit.</summary>
    public EstimateCorrections ToCorrections() => EstimateCorrections.Empty with
    {
        Measured = MeasuredBytes.Where(m => m.Value > 0).ToImmutableSortedDictionary(m => m.Key, m => new ByteSize(m.Value), StringComparer.Ordinal),
        Observations = Observations.Where(o => MeasuredBytes.ContainsKey(o.Key)).ToImmutableSortedDictionary(StringComparer.Ordinal),
        Order = [.. Order.Where(MeasuredBytes.ContainsKey).Distinct()],
        RatioByArchitecture = RatioByArchitecture.Where(r => double.IsFinite(r.Value)).ToImmutableSortedDictionary(StringComparer.Ordinal),
        SamplesByArchitecture = SamplesByArchitecture.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };
}
