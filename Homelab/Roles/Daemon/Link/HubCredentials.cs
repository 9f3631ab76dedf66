using System.IO.Hashing;
using System.Text;

namespace Homelab.Roles.Daemon.Link;

/// <summary>The credentials of this machine at its hubs, and the join tokens that they were had for. Kept over restarts; any thread.</summary>
internal sealed class HubCredentials
{
    private readonly DaemonState _state;
    private readonly string _nodeId;
    private readonly Lock _lock = new();
    private readonly HubsDocument _document;

    /// <param name="state">Where they are kept.</param>
    /// <param name="nodeId">Who this machine is; what was made for another identity (a copied or a new one) is not used.</param>
    public HubCredentials(DaemonState state, string nodeId)
    {
        _state = state;
        _nodeId = nodeId;
        _document = state.LoadHubs();
    }

    /// <summary>Addresses of the hubs that this machine joined, in order.</summary>
    public IReadOnlyList<string> Known
    {
        get
        {
            lock (_lock)
            {
                return [.. _document.Hubs.Where(h => h.Value.NodeId == _nodeId && h.Value.Credential.Length > 0).Select(h => h.Key).Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>What is kept of a hub; null where this machine never joined it.</summary>
    /// <param name="hub">As <see cref="AddressOf"/> writes it.</param>
    public HubEntry? Find(string hub)
    {
        lock (_lock)
        {
            return _document.Hubs.TryGetValue(hub, out var entry) && entry.NodeId == _nodeId && entry.Credential.Length > 0 ? entry : null;
        }
    }

    /// <summary>Keeps a new credential.</summary>
    public void Join(string hub, string credential, string name, string token) =>
        Save(hub, new HubEntry { NodeId = _nodeId, Credential = credential, Name = name, SpentToken = ChecksumOf(token) });

    /// <summary>Drops a credential that is of no more use.</summary>
    public void Forget(string hub)
    {
        lock (_lock)
        {
            if (_document.Hubs.Remove(hub))
            {
                _state.SaveHubs(_document);
            }
        }
    }

    /// <summary>Keeps the hub's epoch where it is newer, and its name for this machine.</summary>
    public void Saw(string hub, long epoch, string name)
    {
        if (Find(hub) is { } known && (epoch > known.Epoch || name != known.Name))
        {
            Save(hub, known with { Epoch = Math.Max(epoch, known.Epoch), Name = name });
        }
    }

    /// <summary>Whether a token was spent for the credential that is kept.</summary>
    public bool IsSpent(string hub, string token) => Find(hub) is { } known && known.SpentToken == ChecksumOf(token);

    /// <summary>How a hub's address is written here: scheme, host and port.</summary>
    public static string AddressOf(string url) => new Uri(url).GetLeftPart(UriPartial.Authority).ToLowerInvariant();

    /// <summary>To tell a token from another one. No secret can be had from it: a token has 190 random bits, or is the user's own to keep.</summary>
    private static string ChecksumOf(string token) => Convert.ToHexStringLower(XxHash64.Hash(Encoding.UTF8.GetBytes(token)));

    private void Save(string hub, HubEntry entry)
    {
        lock (_lock)
        {
            _document.Hubs[hub] = entry;
            _state.SaveHubs(_document);
        }
    }
}
