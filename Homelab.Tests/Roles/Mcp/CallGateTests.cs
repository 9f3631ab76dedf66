using Homelab.Roles.Mcp;

namespace Homelab.Tests.Roles.Mcp;

/// <summary>How many calls may run at the same time.</summary>
public sealed class CallGateTests
{
    [Fact]
    public void Session_gets_its_share_and_no_more_until_one_ends()
    {
        var gate = new CallGate();
        var entries = Enumerable.Range(0, CallGate.MostOfSession).Select(_ => gate.TryEnter("a")).ToList();

        Assert.DoesNotContain(null, entries);
        Assert.Null(gate.TryEnter("a"));
        Assert.NotNull(gate.TryEnter("b"));
        entries[0]!.Dispose();
        entries[0]!.Dispose();
        Assert.NotNull(gate.TryEnter("a"));
        Assert.Null(gate.TryEnter("a"));
        Assert.Equal(CallGate.MostOfSession + 1, gate.Running);
    }

    [Fact]
    public void All_together_get_theirs()
    {
        var gate = new CallGate();
        var entries = Enumerable.Range(0, CallGate.Most).Select(i => gate.TryEnter(i % 2 == 0 ? null : $"{i}")).ToList();

        Assert.DoesNotContain(null, entries);
        Assert.Null(gate.TryEnter(null));
        Assert.Null(gate.TryEnter("new"));
        entries.ForEach(e => e!.Dispose());
        Assert.Equal(0, gate.Running);
    }
}
