namespace Homelab.Gateway;

/// <summary>Who a request comes from. Never holds the key itself.</summary>
/// <param name="Name">For queues, usage and metrics; a configured name, never a secret.</param>
/// <param name="IsAdmin">Whether it may change what is installed or loaded (pull, delete, load, unload).</param>
internal sealed record Principal(string Name, bool IsAdmin)
{
    /// <summary>A caller on loopback without a key.</summary>
    public static Principal Local { get; } = new("local", true);
}
