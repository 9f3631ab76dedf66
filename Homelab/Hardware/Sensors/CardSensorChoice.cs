namespace Homelab.Hardware.Sensors;

/// <summary>Chooses, of the dozen sensors that a card has, those that say how it does, and the card that they belong to.</summary>
internal static class CardSensorChoice
{
    private const string Core = "GPU Core";
    private const string Package = "GPU Package";
    private const string Whole = "GPU Total";

    /// <summary>A card's readings. Names are those of LibreHardwareMonitorLib 0.9 (<c>AmdGpu.cs</c>, <c>IntelDiscreteGpu.cs</c>, <c>NvidiaGpu.cs</c>): the core's load and
    /// temperature, and what the whole card draws before what its core does.</summary>
    public static CardSensors Of(string card, IReadOnlyList<SensorReading> sensors) => new(
        card,
        Value(sensors, SensorKind.Load, Core) is { } percent ? Math.Clamp(percent / 100, 0, 1) : null,
        Value(sensors, SensorKind.Temperature, Core),
        Value(sensors, SensorKind.Power, Package, Whole, Core));

    /// <summary>The readings for each of several cards by their names; of cards of one name in the order in which both are listed, and none where there are not as many.</summary>
    public static CardSensors?[] Match(IReadOnlyList<string> cards, IReadOnlyList<CardSensors> read)
    {
        var matched = new CardSensors?[cards.Count];
        foreach (var name in cards.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var places = Enumerable.Range(0, cards.Count).Where(i => string.Equals(cards[i], name, StringComparison.OrdinalIgnoreCase)).ToList();
            var found = read.Where(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase)).ToList();
            for (var i = 0; i < places.Count && found.Count == places.Count; i++)
            {
                matched[places[i]] = found[i];
            }
        }

        return matched;
    }

    private static double? Value(IReadOnlyList<SensorReading> sensors, SensorKind kind, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            foreach (var sensor in sensors)
            {
                if (sensor.Kind == kind && sensor.Name == name && sensor.Value is { } value && float.IsFinite(value))
                {
                    return value;
                }
            }
        }

        return null;
    }
}
