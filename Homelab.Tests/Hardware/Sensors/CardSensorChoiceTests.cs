using Homelab.Hardware.Sensors;

namespace Homelab.Tests.Hardware.Sensors;

/// <summary>Which of a card's sensors are shown, and of which card.</summary>
public sealed class CardSensorChoiceTests
{
    [Fact]
    public void Core_tells_load_and_temperature_and_the_whole_card_the_power()
    {
        var card = CardSensorChoice.Of("Radeon",
        [
            new SensorReading(SensorKind.Load, "GPU Memory", 90),
            new SensorReading(SensorKind.Load, "GPU Core", 42),
            new SensorReading(SensorKind.Temperature, "GPU Hot Spot", 88),
            new SensorReading(SensorKind.Temperature, "GPU Core", 61),
            new SensorReading(SensorKind.Power, "GPU Core", 120),
            new SensorReading(SensorKind.Power, "GPU Package", 180),
            new SensorReading(SensorKind.Other, "GPU Core", 2_500),
        ]);

        Assert.Equal(new CardSensors("Radeon", 0.42, 61, 180), card);
    }

    [Fact]
    public void Sensor_without_a_value_is_passed_over_and_nonsense_is_none()
    {
        var card = CardSensorChoice.Of("Arc",
        [
            new SensorReading(SensorKind.Power, "GPU Package", null),
            new SensorReading(SensorKind.Power, "GPU Total", 75),
            new SensorReading(SensorKind.Temperature, "GPU Core", float.NaN),
            new SensorReading(SensorKind.Load, "GPU Core", 104),
        ]);

        Assert.Equal(new CardSensors("Arc", 1, null, 75), card);
    }

    [Fact]
    public void Cards_of_one_name_are_matched_in_their_order_and_not_at_all_where_there_are_not_as_many()
    {
        CardSensors[] read = [new("RX 7900", 0, 50, 100), new("Arc", 0, 40, 30), new("RX 7900", 0, 60, 200)];

        Assert.Equal([50, 60, 40, null], CardSensorChoice.Match(["RX 7900", "rx 7900", "Arc", "Other"], read).Select(c => c?.Temperature));
        Assert.Equal([null, 40], CardSensorChoice.Match(["RX 7900", "Arc"], read).Select(c => c?.Temperature));
    }
}
