using Homelab.Cli.Output;
using Homelab.Contracts;

namespace Homelab.Cli.Views;

/// <summary>One event in one line.</summary>
internal static class EventLine
{
    public static Cell Describe(EventWire item, TimeZoneInfo zone)
    {
        var at = TimeZoneInfo.ConvertTime(item.At, zone);
        return Cell.Of(at.ToString("yyyy-MM-dd HH:mm:ss"), Tone.Muted)
            .Then("  ").Then(item.Type.PadRight(20), ToneOf(item.Type))
            .Then("  ").Then((item.Node ?? "-").PadRight(10), Tone.Muted)
            .Then("  ").Then(item.Message);
    }

    private static Tone ToneOf(string type) => type switch
    {
        _ when type.EndsWith("failed", StringComparison.Ordinal) || type.EndsWith("down", StringComparison.Ordinal) || type.EndsWith("lost", StringComparison.Ordinal)
            || type.StartsWith("internal.", StringComparison.Ordinal) => Tone.Bad,
        "thrash" or "memory.pressure" or "model.evicted" => Tone.Warning,
        "model.loaded" or "engine.up" => Tone.Good,
        _ => Tone.Plain,
    };
}
