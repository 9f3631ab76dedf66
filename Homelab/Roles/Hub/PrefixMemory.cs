using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Placement;

namespace Homelab.Roles.Hub;

/// <summary>Which node served the beginnings of prompts lately, so that a conversation goes back to where its KV cache is. Bounded; forgets after five minutes. Safe from any thread.</summary>
internal sealed class PrefixMemory(TimeProvider time)
{
    private const int Capacity = 65_536;

    /// <summary>Both halves together hold what was served in the last five to ten minutes.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private Dictionary<ulong, string> _young = [];
    private Dictionary<ulong, string> _old = [];
    private long _turned = time.GetTimestamp();

    /// <summary>Who served the longest beginning of a prompt.</summary>
    public PrefixMatch Find(ModelName model, ImmutableArray<ulong> windows, long promptBytes)
    {
        if (windows.IsDefaultOrEmpty)
        {
            return PrefixMatch.None;
        }

        lock (_lock)
        {
            Age();
            return PrefixChain.Match(model, windows, (int)Math.Min(int.MaxValue, promptBytes), Look);
        }
    }

    /// <summary>Notes who serves a prompt now.</summary>
    public void Note(ModelName model, ImmutableArray<ulong> windows, string node)
    {
        if (windows.IsDefaultOrEmpty)
        {
            return;
        }

        lock (_lock)
        {
            Age();
            foreach (var window in windows)
            {
                _young[PrefixChain.Key(model, window)] = node;
            }

            if (_young.Count >= Capacity / 2)
            {
                Shift();
            }
        }
    }

    private string? Look(ulong key) => _young.GetValueOrDefault(key) ?? _old.GetValueOrDefault(key);

    private void Age()
    {
        var age = time.GetElapsedTime(_turned);
        if (age >= Turn)
        {
            Shift();
        }

        if (age >= 2 * Turn)
        {
            _old.Clear();
        }
    }

    private void Shift()
    {
        (_old, _young) = (_young, _old);
        _young.Clear();
        _turned = time.GetTimestamp();
    }
}
