using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Homelab.Contracts;

namespace Homelab.Roles.Hub;

/// <summary>Heartbeats as JSON: a number or a yes-or-no that a node leaves out is no 0 and no "no", so it is asked for by name. What else is missing or wrong is
/// <see cref="HeartbeatReader"/>'s to say.</summary>
internal static partial class HeartbeatJson
{
    private static readonly JsonTypeInfo<HeartbeatWire> Type = Strict();

    /// <summary>Reads one.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="missing">The field that is missing, as <c>devices.total_bytes</c>; null where none is.</param>
    /// <returns>What was said; where a field is missing, only good for telling who says it.</returns>
    /// <exception cref="JsonException">It is no heartbeat in JSON.</exception>
    public static HeartbeatWire Read(ReadOnlySpan<byte> json, out string? missing)
    {
        try
        {
            missing = null;
            return JsonSerializer.Deserialize(json, Type) ?? throw new JsonException("null");
        }
        catch (JsonException problem) when (MissingName().Match(problem.Message) is { Success: true } name)
        {
            var parents = PathNames().Matches(problem.Path ?? "").Select(static m => m.Groups[1].Value);
            missing = string.Join('.', parents.Append(name.Groups[1].Value));
            return JsonSerializer.Deserialize(json, ContractsJson.Default.HeartbeatWire) ?? throw new JsonException("null");
        }
    }

    private static JsonTypeInfo<HeartbeatWire> Strict()
    {
        var options = new JsonSerializerOptions(ContractsJson.Default.Options) { TypeInfoResolver = ContractsJson.Default.WithAddedModifier(Require) };
        return (JsonTypeInfo<HeartbeatWire>)options.GetTypeInfo(typeof(HeartbeatWire));
    }

    private static void Require(JsonTypeInfo type)
    {
        // Of the engine nothing is counted, and what a command came to has parts that its kind may leave out.
        if (type.Type == typeof(EngineWire) || type.Type == typeof(ModelCommandResultWire) || type.Type == typeof(ProgressWire))
        {
            return;
        }

        foreach (var property in type.Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: false } && property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null)
            {
                property.IsRequired = true;
            }
        }
    }

    [GeneratedRegex("including: '([a-z_]+)'", RegexOptions.CultureInvariant)]
    private static partial Regex MissingName();

    /// <summary>Of <c>$.devices[0]</c>, without the places in lists.</summary>
    [GeneratedRegex(@"\.([a-z_]+)", RegexOptions.CultureInvariant)]
    private static partial Regex PathNames();
}
