namespace Homelab.Contracts;

/// <summary>An app: a program of the user's that a machine starts on demand, by its manifest.</summary>
/// <param name="Name">As its manifest names it; reached at <c>/apps/NAME/</c>.</param>
/// <param name="Node">The machine's name.</param>
/// <param name="State"><c>stopped</c>, <c>downloading</c>, <c>starting</c>, <c>running</c>, <c>in_use</c>, <c>stopping</c>, <c>failed</c>, or <c>invalid</c> where its manifest cannot be used.</param>
/// <param name="Models">Names under which it serves <c>/v1</c>.</param>
/// <param name="Leases">Requests on it now.</param>
/// <param name="VramBytes">Reserved on GPUs while it runs; of main memory on a machine without one.</param>
/// <param name="RamBytes">Reserved in main memory beside that.</param>
/// <param name="IdleSeconds">Since its last request, while it runs and has none.</param>
/// <param name="IdleTimeoutSeconds">After which it is stopped; 0 for never.</param>
/// <param name="Port">At which it listens on its machine; absent while it does not run, and at a hub.</param>
/// <param name="ProcessId">Likewise.</param>
/// <param name="Failure">Why it could not be started, or ended, while the machine backs off.</param>
/// <param name="Problems">What is wrong with its manifest as it is now, a line each; at the machine itself only.</param>
/// <param name="Files">Those of its files that are being fetched.</param>
internal sealed record AppWire(
    string Name,
    string Node,
    string State,
    IReadOnlyList<string> Models,
    int Leases = 0,
    long VramBytes = 0,
    long RamBytes = 0,
    double? IdleSeconds = null,
    double IdleTimeoutSeconds = 0,
    int? Port = null,
    int? ProcessId = null,
    ModelFailureWire? Failure = null,
    IReadOnlyList<string>? Problems = null,
    IReadOnlyList<AppFileWire>? Files = null);
