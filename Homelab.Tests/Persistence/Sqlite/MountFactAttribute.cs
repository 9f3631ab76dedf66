namespace Homelab.Tests.Persistence.Sqlite;

/// <summary>A test on a small disk of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute() => Skip = TemporaryMount.SkipReason;
}
