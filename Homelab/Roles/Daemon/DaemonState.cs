using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Persistence;
using Homelab.Roles.Daemon.Link;

namespace Homelab.Roles.Daemon;

/// <summary>What the daemon keeps in <c>state/</c>. A disk that is full, read-only or torn never stops the serving: the fault is logged
/// and the daemon goes on from memory.</summary>
internal sealed class DaemonState
{
    private const string Calibration = "calibration";
    private const string Hubs = "hubs";
    private const string Rates = "rates";

    private readonly FileStateStore _store;

    public DaemonState(HomelabFolder folder, ILogger log)
    {
        _store = new FileStateStore(folder.State, fault => log.LogWarning("state: {Problem}; the daemon goes on", fault.Message));
    }

    /// <summary>The corrections of earlier runs; none where there are none that can be read.</summary>
    public EstimateCorrections LoadCorrections() =>
        _store.Load(Calibration, StateJson.Default.CalibrationDocument) is { Version: CalibrationDocument.CurrentVersion } document
            ? document.ToCorrections()
            : EstimateCorrections.Empty;

    /// <summary>Safe from any thread.</summary>
    public void SaveCorrections(EstimateCorrections corrections) =>
        _store.Save(Calibration, CalibrationDocument.Of(corrections), StateJson.Default.CalibrationDocument);

    /// <summary>The hubs that this machine joined; none where there are none that can be read.</summary>
    public HubsDocument LoadHubs() =>
        _store.Load(Hubs, StateJson.Default.HubsDocument) is { Version: HubsDocument.CurrentVersion } document ? document : new HubsDocument();

    /// <summary>Safe from any thread; the file is the user's alone.</summary>
    public void SaveHubs(HubsDocument hubs) => _store.Save(Hubs, hubs, StateJson.Default.HubsDocument);

    /// <summary>What earlier runs measured.</summary>
    public RatesDocument LoadRates() =>
        _store.Load(Rates, StateJson.Default.RatesDocument) is { Version: RatesDocument.CurrentVersion } document ? document : new RatesDocument();

    /// <summary>Safe from any thread.</summary>
    public void SaveRates(RatesDocument rates) => _store.Save(Rates, rates, StateJson.Default.RatesDocument);

    /// <summary>Who this node is; made at the first start.</summary>
    public string LoadOrMakeNodeId() =>
#pragma warning disable RS0030 // The one source of node ids; no secret, and RandomNumberGenerator would load OpenSSL into every new daemon.
        NodeIdentity.Obtain(_store, static () => Guid.NewGuid().ToString("N")).Id;
#pragma warning restore RS0030
}
