namespace Homelab.Persistence.Sqlite;

/// <summary>What is wrong at the moment, of each document and kind the newest; each is reported once. From any thread.</summary>
/// <param name="report">Told of each fault as it is found, on the thread that found it.</param>
internal sealed class StateFaults(Action<StateFault>? report)
{
    private readonly Lock _lock = new();
    private readonly List<StateFault> _faults = [];

    public IReadOnlyList<StateFault> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _faults];
            }
        }
    }

    public StateFault Add(StateFault fault)
    {
        lock (_lock)
        {
            if (_faults.Contains(fault))
            {
                return fault;
            }

            _faults.RemoveAll(f => f.Document == fault.Document && f.Kind == fault.Kind);
            _faults.Add(fault);
        }

        report?.Invoke(fault);
        return fault;
    }

    public void End(string document, StateFaultKind kind)
    {
        lock (_lock)
        {
            _faults.RemoveAll(f => f.Document == document && f.Kind == kind);
        }
    }
}
