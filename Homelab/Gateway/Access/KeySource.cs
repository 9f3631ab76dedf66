namespace Homelab.Gateway.Access;

/// <summary>The keys in force at a listener: replaced as a whole while it runs, and read once by every request. Safe from any thread.</summary>
internal sealed class KeySource(KeyRing initial)
{
    private volatile KeyRing _current = initial;

    public KeyRing Current => _current;

    /// <summary>From the next request on only these keys count. A key that stays keeps the state of its rate limit.</summary>
    public void Replace(IEnumerable<KeyEntry> entries) => _current = _current.With(entries);
}
