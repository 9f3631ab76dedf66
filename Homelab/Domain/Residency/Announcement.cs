using System.Collections.Immutable;
using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>An event for people and programs (<c>/homelab/v1/events</c>), without the id and the wall time that the feed adds.</summary>
/// <param name="Type">Dotted, stable, e.g. <c>model.loaded</c>, <c>model.evicted</c>, <c>thrash</c>; see <see cref="AnnouncementTypes"/>.</param>
/// <param name="Model">Which model, if any.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Data">Further facts by snake_case name; bytes and seconds carry their unit in the name.</param>
internal sealed record Announcement(string Type, ModelName? Model, string Message, ImmutableSortedDictionary<string, string> Data)
{
    public static Announcement Of(string type, ModelName? model, string message, params ReadOnlySpan<(string Name, string Value)> data)
    {
        var facts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in data)
        {
            facts[name] = value;
        }

        return new Announcement(type, model, message, facts.ToImmutable());
    }
}
