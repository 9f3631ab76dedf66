using System.Text.Json.Serialization.Metadata;

namespace Homelab.Contracts;

/// <summary>One call of the control API, as its OpenAPI document tells it.</summary>
/// <param name="Verb">GET, POST, PUT or DELETE.</param>
/// <param name="Route">One of <see cref="ControlRoutes"/>; a part in braces is a parameter.</param>
/// <param name="Summary">What it does, one sentence.</param>
/// <param name="Answer">What a success answers.</param>
internal sealed record ControlOperation(string Verb, string Route, string Summary, JsonTypeInfo Answer)
{
    /// <summary>What is sent; null: nothing.</summary>
    public JsonTypeInfo? Body { get; init; }

    /// <summary>Query parameters: name, whether the call needs it, and what it is.</summary>
    public IReadOnlyList<(string Name, bool Required, string Meaning)> Query { get; init; } = [];

    /// <summary>Whether the answer is plain text instead.</summary>
    public bool Text { get; init; }

    /// <summary>Whether only admins may call it.</summary>
    public bool Admin { get; init; }

    /// <summary>A second form of the answer, each line or event an item of this type.</summary>
    public (string MediaType, JsonTypeInfo Item)? Stream { get; init; }
}
