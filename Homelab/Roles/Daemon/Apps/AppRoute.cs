using System.Collections.Immutable;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>The names that lead to an app.</summary>
/// <param name="App">Its own.</param>
/// <param name="Digest">Of its manifest.</param>
/// <param name="Models">Those under which it serves <c>/v1</c>.</param>
internal sealed record AppRoute(ModelName App, string Digest, ImmutableArray<AppModel> Models)
{
    /// <summary>All of them, as the scheduler and a hub know installed models, the app's own first.</summary>
    public ImmutableArray<InstalledModel> Members { get; } = [new InstalledModel(App, Digest, ByteSize.Zero, []), .. Models.Select(m => new InstalledModel(m.Name, Digest, ByteSize.Zero, []))];
}
