namespace Homelab.Contracts;

/// <summary>Body of POST <c>/keys</c>.</summary>
/// <param name="Name">Who the key is for; shown in usage.</param>
/// <param name="Models">Patterns of the models that it may use, <c>*</c> for any characters; every model where absent.</param>
/// <param name="RequestsPerMinute">No limit where absent.</param>
/// <param name="Admin">Whether it may also change the cluster.</param>
/// <param name="TtlSeconds">How long it is good for; for ever where absent.</param>
/// <param name="Infra">Whether it may also read the files that machines' own configuration opened (GET <c>/infra</c>).</param>
internal sealed record KeyRequestWire(string Name, IReadOnlyList<string>? Models = null, int? RequestsPerMinute = null, bool Admin = false, double? TtlSeconds = null, bool Infra = false);
