namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>A fact about a client from npm against the published executable.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute() => Skip = NpmPackages.SkipReason;
}
