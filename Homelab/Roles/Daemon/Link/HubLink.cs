using System.Collections.Immutable;
using System.Net;
using Homelab.Clients;
using Homelab.Contracts;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Gateway;
using Homelab.Gateway.Access;
using Homelab.Gateway.Transport;
using Homelab.Telemetry;

namespace Homelab.Roles.Daemon.Link;

/// <summary>This machine's link to one hub: joins it, reports to it, does what it commands, and tells the router whether it can be asked for what does not fit
/// here. Whatever becomes of the hub, this machine goes on serving.</summary>
internal sealed class HubLink : IHubDelegate, IDisposable
{
    private const string NotAHub = "what answers there is not a hub; is daemon.hub right?";

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>A hub that refuses this machine is asked again: the operator may have mended it there.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ClonePause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(2);

    private readonly LinkParts _parts;
    private readonly HubClient _client;
    private readonly ChangeSignal _changed = new();
    private readonly ClusterModelsReader _models;
    private readonly ExternalLeases _external;
    private readonly BeatLoop _beats;
    private readonly Random _random;
    private readonly CancellationTokenSource _ended = new();
    private volatile Reading _reading = new(HubLinkState.Connecting, null);
    private volatile Upstream? _upstream;
    private volatile CancellationTokenSource _lost = new();
    private long _heardAt;
    private TimeSpan _pause = FirstPause;
    private string? _calledName;

    public HubLink(LinkParts parts, string url)
    {
        _parts = parts;
        Address = HubCredentials.AddressOf(url);
        _client = new HubClient(new Uri(Address), parts.Time);
        _models = new ClusterModelsReader(_client, parts.NodeId, parts.Log);
        _external = parts.ExternalLeases();
        _random = new Random(Address.Aggregate(parts.Seed, static (seed, letter) => unchecked((seed * 31) + letter)));
        _calledName = parts.Credentials.Find(Address)?.Name;
        _heardAt = parts.Time.GetTimestamp();
        _beats = new BeatLoop(_client, parts, parts.MakeExecutor(_changed.Set), AccessKey, _changed, _random, Acknowledged)
        {
            KnownEpoch = parts.Credentials.Find(Address)?.Epoch ?? 0,
        };
        UseCredential();
    }

    public string Address { get; }

    /// <summary>How it stands.</summary>
    public HubLinkState LinkState => _reading.State;

    public HubState State => _reading.State switch
    {
        HubLinkState.Connecting => HubState.Connecting,
        HubLinkState.Connected => HubState.Connected,
        _ => HubState.Unreachable,
    };

    public string? Problem => _reading.Problem;

    public Upstream? Upstream => _upstream;

    public ClusterModels Models => _models.Models;

    public CancellationToken Lost => _lost.Token;

    /// <summary>By which this hub may call this machine's client surface: new at every start, kept nowhere.</summary>
    public KeyEntry AccessEntry => KeyRing.Entry("hub", AccessKey, isAdmin: true) with { Kind = PrincipalKind.Hub };

    private string AccessKey { get; } = HomelabKey.Make("hub");

    private HubEntry? Known => _parts.Credentials.Find(Address);

    /// <summary>Something changed that the hub places by.</summary>
    public void TellSoon() => _changed.Set();

    /// <summary>Joins now, where that was not done before. For a start that must not go on without it.</summary>
    /// <returns>Why the hub refuses the token; null where it does not, or cannot be asked.</returns>
    public async Task<string?> JoinAsync(CancellationToken cancellation)
    {
        if (Known is not null || _parts.JoinToken is not { } token)
        {
            return null;
        }

        try
        {
            var joined = await _client.JoinAsync(new JoinWire(token, _parts.NodeId, _parts.NodeName, BuildInformation.Version), cancellation).ConfigureAwait(false);
            Keep(joined, token);
            return null;
        }
        catch (ControlException problem) when (IsRefusal(problem))
        {
            return Refuse(problem);
        }
        catch (ControlException problem)
        {
            Show(HubLinkState.Unreachable, Words(problem));
            return null;
        }
    }

    /// <summary>Runs until cancelled. Never ends by itself.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            TimeSpan pause;
            try
            {
                pause = await StayAsync(stopping).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is not (OperationCanceledException or OutOfMemoryException))
            {
                _parts.Log.LogError(fault, "the link to the hub at {Hub} failed; it is made anew", Address);
                pause = LongestPause;
            }

            await Task.Delay(pause * (0.8 + (0.4 * _random.NextDouble())), _parts.Time, stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Says that this machine is gone, where the hub listens; before the end of <see cref="RunAsync"/>, which breaks the connections.</summary>
    public async Task LeaveAsync()
    {
        if (LinkState == HubLinkState.Connected && Known is { } known)
        {
            using var limit = new CancellationTokenSource(LastWord, _parts.Time);
            try
            {
                await _beats.SayLastAsync(known.Credential, limit.Token).ConfigureAwait(false);
            }
            catch (Exception problem) when (problem is ControlException or OperationCanceledException)
            {
                _parts.Log.LogDebug("the hub at {Hub} was not told of the end: {Problem}", Address, problem.Message);
            }
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
        _external.Dispose();
        _client.Dispose();
        _upstream?.Pool.Dispose();
    }

    /// <summary>Joins where that is needed and reports until something fails.</summary>
    /// <returns>How long to pause before the next try.</returns>
    private async Task<TimeSpan> StayAsync(CancellationToken stopping)
    {
        if (Known is null)
        {
            if (_parts.JoinToken is null)
            {
                Show(HubLinkState.Refused, "this machine has not joined it and has no join token; make one on the hub with: homelab join-token, and set daemon.join_token or start with --join and --token");
                return RefusedPause;
            }

            await JoinAsync(stopping).ConfigureAwait(false);
        }

        if (Known is not { } known)
        {
            return LinkState == HubLinkState.Refused ? RefusedPause : NextPause();
        }

        var problem = await _beats.RunAsync(known.Credential, stopping).ConfigureAwait(false);
        switch (problem.Status)
        {
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when _parts.JoinToken is { } token && !_parts.Credentials.IsSpent(Address, token):
                // A new token was given: that is how an operator brings back a machine that was removed.
                _parts.Credentials.Forget(Address);
                return TimeSpan.Zero;
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                Show(HubLinkState.Refused, $"it does not accept this machine's credential (any more): {Words(problem)}; to join again, make a token on the hub with: homelab join-token, and start with --join {Address} --token");
                return RefusedPause;
            case HttpStatusCode.Conflict:
                Show(HubLinkState.Refused, $"another machine reports with this machine's identity, as the copy of a disk does: {Words(problem)}; on one of the two delete node.json and hubs.json in the state folder and join anew");
                return ClonePause;
            case HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed:
                Show(HubLinkState.Refused, NotAHub);
                return RefusedPause;
            case HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge:
                Show(HubLinkState.Refused, $"it does not take what this machine reports: {Words(problem)}");
                return LongestPause;
            default:
                Show(HubLinkState.Unreachable, Words(problem));
                GiveUpIfSilent();
                return NextPause();
        }
    }

    /// <summary>A hub that hangs closes no connection: after a while without a word of it nobody waits for its answers any longer. One connection that
    /// breaks says nothing of the others.</summary>
    private void GiveUpIfSilent()
    {
        if (_parts.Time.GetElapsedTime(Volatile.Read(ref _heardAt)) >= HubClient.Slack)
        {
            // Not disposed: somebody may be about to read its token.
            Interlocked.Exchange(ref _lost, new CancellationTokenSource()).Cancel();
        }
    }

    private static bool IsRefusal(ControlException problem) =>
        IsNotAHub(problem) || problem.Status is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.Conflict or HttpStatusCode.Gone;

    /// <summary>A daemon, say, knows the path as one that is only read.</summary>
    private static bool IsNotAHub(ControlException problem) => problem.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed;

    /// <summary>Never longer than the hub's own interval: one that starts again shall know its machines within a heartbeat.</summary>
    private TimeSpan NextPause()
    {
        var longest = _beats.Interval < FirstPause ? FirstPause : _beats.Interval < LongestPause ? _beats.Interval : LongestPause;
        var pause = _pause < longest ? _pause : longest;
        _pause = pause * 2;
        return pause;
    }

    private string Refuse(ControlException problem)
    {
        var why = IsNotAHub(problem) ? NotAHub : $"it refuses the join token: {Words(problem)}; make another one on the hub with: homelab join-token";
        Show(HubLinkState.Refused, why);
        return $"the hub at {Address}: {why}";
    }

    private void Keep(JoinedWire joined, string token)
    {
        if (string.IsNullOrEmpty(joined.Credential))
        {
            throw new ControlException($"the hub at {Address} gave no credential", ControlException.Failed);
        }

        _parts.Credentials.Join(Address, joined.Credential, joined.Name ?? "", token);
        _parts.Credentials.Saw(Address, joined.Epoch, joined.Name ?? "");
        UseCredential();
        Tell("hub.joined", $"this machine joined the hub at {Address} as {Printable.OneLine(joined.Name ?? _parts.NodeName, 100)}");
    }

    private void UseCredential()
    {
        if (Known is { } known && _upstream?.Credential != known.Credential)
        {
            var uri = new Uri(Address);
            var before = _upstream;
            _upstream = new Upstream(uri.Authority, new UpstreamPool(uri, _parts.Time), false, "homelab", Address) { Credential = known.Credential };
            before?.Pool.Dispose();
        }
    }

    private void Acknowledged(HeartbeatAckWire ack)
    {
        _pause = FirstPause;
        Volatile.Write(ref _heardAt, _parts.Time.GetTimestamp());
        var name = ack.Name is { Length: > 0 } called ? called : _parts.NodeName;
        _parts.Credentials.Saw(Address, ack.Epoch, name);
        if (name != _parts.NodeName && name != _calledName)
        {
            _parts.Log.LogWarning("the hub at {Hub} calls this machine {Name}: another one has its name {Own}", Address, Printable.OneLine(name, 100), _parts.NodeName);
        }

        _calledName = name;
        Show(HubLinkState.Connected, null);
        if (Known is { } known)
        {
            _models.Want((ack.Epoch, ack.ModelsVersion), known.Credential, _ended.Token);
        }

        _external.Set([.. (ack.Leases ?? []).Where(l => ModelName.TryParse(l?.Model, out _)).Select(l => (ModelName.Parse(l.Model), l.Count))]);
    }

    private void Show(HubLinkState state, string? problem)
    {
        var before = _reading;
        if (before.State == state && before.Problem == problem)
        {
            return;
        }

        _reading = new Reading(state, problem);
        switch (state)
        {
            case HubLinkState.Connected:
                Tell("hub.connected", $"the hub at {Address} answers");
                break;
            case HubLinkState.Refused:
                Tell("hub.refused", $"the hub at {Address}: {problem}", LogLevel.Error);
                break;
            case HubLinkState.Unreachable when before.State != HubLinkState.Unreachable:
                Tell("hub.unreachable", $"the hub at {Address} does not answer ({problem}); this machine goes on serving what fits here", LogLevel.Warning);
                break;
        }
    }

    private void Tell(string type, string message, LogLevel level = LogLevel.Information)
    {
        _parts.Log.Log(level, "{Message}", message);
        _parts.Announce(Announcement.Of(type, null, message, ("hub", Address)));
    }

    /// <summary>What went wrong in one line, without anything secret, should a hub send that back.</summary>
    private string Words(ControlException problem)
    {
        var words = Printable.OneLine(problem.Message, 300);
        foreach (var secret in ImmutableArray.Create(Known?.Credential, _parts.JoinToken, AccessKey))
        {
            words = secret is { Length: > 0 } ? words.Replace(secret, "(hidden)", StringComparison.Ordinal) : words;
        }

        return words;
    }

    /// <summary>State and reason, read together.</summary>
    private sealed record Reading(HubLinkState State, string? Problem);
}
