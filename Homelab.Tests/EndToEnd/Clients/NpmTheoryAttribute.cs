namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>A theory about a client from npm against the published executable.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmTheoryAttribute : TheoryAttribute
{
    public NpmTheoryAttribute() => Skip = NpmPackages.SkipReason;
}
