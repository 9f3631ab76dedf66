using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Placement;

/// <summary>Finds who served the beginning of a prompt before, in a chain of hashes: each covers one more window of the prompt and all
/// before it, so that equal hashes mean equal beginnings. Pure; who remembers the hashes, and for how long, is the caller's matter.</summary>
internal static class PrefixChain
{
    /// <summary>Windows that are hashed at most.</summary>
    public const int MaximumWindows = 64;

    /// <summary>Bytes of one window.</summary>
    public const int WindowBytes = 256;

    /// <summary>The key under which one window of a model's prompt is remembered: two models never share a cache.</summary>
    public static ulong Key(ModelName model, ulong window) => SeededHash.Mix(window ^ SeededHash.Of(model.Value));

    /// <summary>The node that holds the longest beginning, and how much of the whole prompt that is.</summary>
    /// <param name="model">Whose prompt it is.</param>
    /// <param name="windows">The chain, shortest beginning first.</param>
    /// <param name="promptBytes">Of the whole prompt; windows beyond <see cref="MaximumWindows"/> are not in the chain but part of it.</param>
    /// <param name="find">Node id by <see cref="Key"/>; null where it is not remembered.</param>
    public static PrefixMatch Match(ModelName model, ImmutableArray<ulong> windows, int promptBytes, Func<ulong, string?> find)
    {
        for (var i = windows.IsDefaultOrEmpty ? -1 : windows.Length - 1; i >= 0; i--)
        {
            if (find(Key(model, windows[i])) is { } node)
            {
                // A prompt longer than the chain whose whole chain matches most likely goes on as before: the chain is what can be known.
                var known = Math.Max((long)windows.Length * WindowBytes, Math.Min(promptBytes, (long)MaximumWindows * WindowBytes));
                return new PrefixMatch(node, Math.Min(1, (double)(i + 1) * WindowBytes / Math.Max(1, known)));
            }
        }

        return PrefixMatch.None;
    }
}
