namespace Homelab.Contracts;

/// <summary>A key that the hub knows; never the secret.</summary>
/// <param name="Id">Part of the key itself, to tell keys apart.</param>
/// <param name="Kind"><c>service</c>, <c>node</c> or <c>join</c>.</param>
/// <param name="Name">Who has it.</param>
/// <param name="Admin">Whether it may change the cluster.</param>
/// <param name="Models">Patterns of the models that it may use.</param>
/// <param name="RequestsPerMinute">Its rate limit; absent where it has none.</param>
/// <param name="CreatedAt">When it was made; absent where the configuration holds it.</param>
/// <param name="ExpiresAt">Until when it is good; absent: for ever.</param>
/// <param name="LastUsedAt">To the minute; absent where it was not used.</param>
/// <param name="Configured">Whether it stands in the configuration, where alone it can be taken out.</param>
/// <param name="Infra">Whether it may read the files that machines' own configuration opened; an admin's may.</param>
internal sealed record KeyWire(
    string Id,
    string Kind,
    string Name,
    bool Admin,
    IReadOnlyList<string> Models,
    int? RequestsPerMinute = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ExpiresAt = null,
    DateTimeOffset? LastUsedAt = null,
    bool Configured = false,
    bool Infra = false);
