namespace Homelab.Persistence;

/// <summary>Who this installation is, for good: made at the first start and kept.</summary>
/// <param name="Id">Opaque; small letters, digits and dashes.</param>
internal sealed record NodeIdentity(string Id)
{
    private const string Document = "node";

    /// <summary>The kept identity, or a new one that is kept from now on. Where the disk refuses, it holds until the process ends.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="newId">Makes an id that no other installation has.</param>
    public static NodeIdentity Obtain(IStateStore store, Func<string> newId)
    {
        if (store.Load(Document, PersistenceJson.Default.NodeIdentity) is { } known && IsId(known.Id))
        {
            return known;
        }

        var made = new NodeIdentity(newId());
        if (!IsId(made.Id))
        {
            throw new ArgumentException("the id source must give small letters, digits and dashes", nameof(newId));
        }

        store.Save(Document, made, PersistenceJson.Default.NodeIdentity);
        return made;
    }

    private static bool IsId(string? id) => id is { Length: > 0 and <= 64 } && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
