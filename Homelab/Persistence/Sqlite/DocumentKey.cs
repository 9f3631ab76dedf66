namespace Homelab.Persistence.Sqlite;

/// <summary>Where a small document of the hub is kept: what it is, and which.</summary>
internal readonly record struct DocumentKey(string Kind, string Id)
{
    /// <summary>The hub's own numbers.</summary>
    public static readonly DocumentKey Epoch = new("hub", "epoch");

    /// <summary>No event has a larger id, also where the events themselves are gone.</summary>
    public static readonly DocumentKey LastEvent = new("hub", "last_event");

    /// <summary>The version of the database's form; belongs to the database and is in no backup's documents.</summary>
    public static readonly DocumentKey Schema = new("schema", "version");

    public const string Credentials = "credential";

    public const string Nodes = "node";

    public const string Measures = "measure";

    public const string Aliases = "alias";

    public static DocumentKey Credential(string id) => new(Credentials, id);

    public static DocumentKey Node(string id) => new(Nodes, id);

    /// <summary>Names are compared without regard to case, so they are kept under one spelling.</summary>
    public static DocumentKey Alias(string name) => new(Aliases, name.ToLowerInvariant());

    public static DocumentKey Measure(string node, string model) => new(Measures, MeasuresOf(node) + model);

    /// <summary>How the ids of a node's measures begin; a line end is in no node's id.</summary>
    public static string MeasuresOf(string node) => node + "\n";
}
