using System.Collections.Immutable;
using Homelab.Gateway.Access;

namespace Homelab.Gateway;

/// <summary>Who a request comes from. Never holds the key itself.</summary>
/// <param name="Name">For queues, usage and metrics; a configured name, never a secret.</param>
/// <param name="IsAdmin">Whether it may change what is installed or loaded (pull, delete, load, unload).</param>
internal sealed record Principal(string Name, bool IsAdmin)
{
    /// <summary>A caller on loopback without a key.</summary>
    public static Principal Local { get; } = new("local", true) { Kind = PrincipalKind.Local };

    public PrincipalKind Kind { get; init; } = PrincipalKind.Service;

    /// <summary>The node whose credential it is; null for every other kind.</summary>
    public string? NodeId { get; init; }

    /// <summary>Which models it may use; empty: all.</summary>
    public ImmutableArray<ModelPattern> Models { get; init; } = [];

    /// <summary>Whether it may read the files that machines' own configuration opened.</summary>
    public bool MayReadFiles { get => field || IsAdmin; init; }

    /// <summary>Its rate limit; null: none. Shared by all requests of the key.</summary>
    public RequestRate? Rate { get; init; }

    /// <summary>Whether it is one of homelab's own machines, whose <c>x-homelab-...</c> headers are believed.</summary>
    public bool IsMachine => Kind is PrincipalKind.Node or PrincipalKind.Hub;

    /// <summary>Whether it may use a model. For routers, which alone know what an alias stands for.</summary>
    /// <param name="model">Canonical name.</param>
    public bool MayUse(string model)
    {
        if (Models.IsEmpty)
        {
            return true;
        }

        foreach (var pattern in Models)
        {
            if (pattern.Matches(model))
            {
                return true;
            }
        }

        return false;
    }
}
