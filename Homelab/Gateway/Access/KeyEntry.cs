using System.Collections.Immutable;

namespace Homelab.Gateway.Access;

/// <summary>A service key as it is kept: never the key, only its hash.</summary>
/// <param name="Name">For queues, usage and logs.</param>
/// <param name="Hash">SHA-256 of the key's UTF-8 bytes; keys are random, so no slow hash is needed.</param>
/// <param name="IsAdmin">See <see cref="Principal.IsAdmin"/>.</param>
internal sealed record KeyEntry(string Name, ImmutableArray<byte> Hash, bool IsAdmin);
