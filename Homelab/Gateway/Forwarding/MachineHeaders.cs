using System.Globalization;
using Homelab.Gateway.Transport;

namespace Homelab.Gateway.Forwarding;

/// <summary>What homelab's machines tell one another in headers. Believed only from a hub's or a node's credential, never passed to an engine.</summary>
internal static class MachineHeaders
{
    /// <summary>How often a request was delegated.</summary>
    public const string Hops = "x-homelab-hops";

    /// <summary>Who asked in the first place, by name.</summary>
    public const string Asker = "x-homelab-principal";

    /// <summary>The id of the node that delegated.</summary>
    public const string Origin = "x-homelab-origin";

    /// <summary>In an answer: the <c>error.code</c> of a refusal before anything reached an engine, so that the request may go elsewhere.</summary>
    public const string Refused = "x-homelab-refused";

    /// <summary>What no small number stands for: often enough.</summary>
    private const int Countless = 100;

    private const int LongestName = 200;

    /// <summary>How often the caller says that the request was delegated; 0 for a caller that is no machine of ours.</summary>
    public static int ReadHops(Principal caller, IHeaderDictionary headers) => !caller.IsMachine || headers[Hops] is not { Count: > 0 } values ? 0
        : int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var hops) && hops < Countless ? hops : Countless;

    /// <summary>The node that delegated. A node speaks for itself, whatever it writes.</summary>
    public static string? ReadOrigin(Principal caller, IHeaderDictionary headers) => caller.Kind switch
    {
        PrincipalKind.Node => caller.NodeId,
        PrincipalKind.Hub when headers[Origin] is { Count: 1 } sent && sent[0] is { Length: > 0 and <= LongestName } origin => origin,
        _ => null,
    };

    /// <summary>Whom to serve: the caller, or the one for whom a machine of ours calls. A node's callers carry its name before theirs: every node has its own <c>local</c>.</summary>
    public static Principal ReadAsker(Principal caller, IHeaderDictionary headers)
    {
        if (!caller.IsMachine || headers[Asker] is not { Count: 1 } sent || sent[0] is not { Length: > 0 and <= LongestName } name)
        {
            return caller;
        }

        return caller with { Name = caller.Kind == PrincipalKind.Node ? $"{caller.Name}/{name}" : name };
    }

    /// <summary>Adds what the upstream may know.</summary>
    /// <param name="head">The request's.</param>
    /// <param name="upstream">An engine is told nothing but a credential that it asks for.</param>
    /// <param name="hops">How often the request was delegated before.</param>
    /// <param name="asker">For whom it is.</param>
    /// <param name="nodeId">This machine's; null where it is no node.</param>
    public static void AddTo(RequestHead head, Upstream upstream, int hops, string asker, string? nodeId)
    {
        if (upstream.Credential is { } credential)
        {
            head.Add("Authorization", "Bearer " + credential);
        }

        if (!upstream.IsEngine)
        {
            head.Add(Hops, (hops + 1).ToString(CultureInfo.InvariantCulture));
            head.Add(Asker, asker);
            head.Add(Origin, nodeId);
        }
    }

    /// <summary>The first value of an answer's header.</summary>
    public static string? Find(IReadOnlyList<KeyValuePair<string, string>> headers, string name)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return headers[i].Value;
            }
        }

        return null;
    }
}
