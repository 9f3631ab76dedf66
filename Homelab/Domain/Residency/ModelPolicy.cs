namespace Homelab.Domain.Residency;

/// <summary>What the configuration says of one model on this node.</summary>
/// <param name="Pin">Loaded at start, reloaded when lost, never evicted.</param>
/// <param name="Protect">Not loaded at start; once loaded never evicted for another model.</param>
/// <param name="IdleUnload">Unused for that long, it is unloaded; zero means never.</param>
/// <param name="Context">Tokens of context for every load and every request of this model; 0 leaves it to the engine.</param>
/// <param name="Parallel">Leases granted at the same time; more wait in the node's queue.</param>
internal sealed record ModelPolicy(bool Pin, bool Protect, TimeSpan IdleUnload, int Context, int Parallel);
