using System.Globalization;

namespace Homelab.Gateway.Forwarding;

/// <summary>The <c>x-homelab-route</c> header: which node and engine served a request, and what it waited for.</summary>
internal static class RouteHeader
{
    public const string Name = "x-homelab-route";

    private const string NodeField = "node=";

    private const string TierField = "; tier=";

    private static volatile Immediate? _last;

    /// <summary><c>node=tower; tier=local-hot; engine=ollama; wait=0.000; load=0.000</c>, seconds.</summary>
    public static string Of(ILease lease)
    {
        if (lease.Waited < TimeSpan.FromMilliseconds(0.5) && lease.Loading == TimeSpan.Zero)
        {
            if (_last is { } last && ReferenceEquals(last.Upstream, lease.Upstream) && ReferenceEquals(last.Tier, lease.Tier))
            {
                return last.Text;
            }

            _last = new Immediate(lease.Upstream, lease.Tier, Format(lease));
            return _last.Text;
        }

        return Format(lease);
    }

    /// <summary>The header of another machine, with the tier by which it was reached from here.</summary>
    public static string WithTier(string header, string tier)
    {
        var start = header.IndexOf(TierField, StringComparison.Ordinal);
        if (start < 0)
        {
            return header;
        }

        start += TierField.Length;
        var end = header.IndexOf(';', start);
        return string.Concat(header.AsSpan(0, start), tier, end < 0 ? default : header.AsSpan(end));
    }

    /// <summary>The node that a header names; null where it names none.</summary>
    public static string? NodeOf(string header)
    {
        if (!header.StartsWith(NodeField, StringComparison.Ordinal))
        {
            return null;
        }

        var end = header.IndexOf(';', StringComparison.Ordinal);
        return end < 0 ? header[NodeField.Length..] : header[NodeField.Length..end];
    }

    private static string Format(ILease lease) => string.Create(CultureInfo.InvariantCulture,
        $"node={Plain(lease.Upstream.Node)}; tier={lease.Tier}; engine={Plain(lease.Upstream.Engine)}; wait={lease.Waited.TotalSeconds:F3}; load={lease.Loading.TotalSeconds:F3}");

    /// <summary>A header holds ASCII; a node may be called anything.</summary>
    private static string Plain(string name) => string.Create(name.Length, name, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = source[i] is > ' ' and < '\x7f' and not ';' ? source[i] : '_';
        }
    });

    /// <summary>The last text for a lease that waited for nothing; the same for each such request.</summary>
    private sealed record Immediate(Upstream Upstream, string Tier, string Text);
}
