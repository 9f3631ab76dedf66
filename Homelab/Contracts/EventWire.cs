namespace Homelab.Contracts;

/// <summary>One event; on GET <c>/events</c> the SSE fields <c>id</c> and <c>event</c> repeat its id and type.</summary>
/// <param name="Id">Grows by one; unique within the feed's life, and past any id of an earlier life.</param>
/// <param name="At">Wall time.</param>
/// <param name="Type">Dotted and stable, e.g. <c>model.loaded</c>.</param>
/// <param name="Node">Name of the node.</param>
/// <param name="Model">Which model.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Data">Further facts by snake_case name; units are in the names.</param>
internal sealed record EventWire(long Id, DateTimeOffset At, string Type, string? Node, string? Model, string Message, IReadOnlyDictionary<string, string> Data);
