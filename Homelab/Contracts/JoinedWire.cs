using System.Text;

namespace Homelab.Contracts;

/// <summary>Answer to POST <c>/nodes/join</c>.</summary>
/// <param name="NodeId">The node's id.</param>
/// <param name="Name">As the hub shows the node.</param>
/// <param name="Credential">What the node sends from now on; shown this once.</param>
/// <param name="Epoch">The hub's.</param>
internal sealed record JoinedWire(string NodeId, string Name, string Credential, long Epoch)
{
    /// <summary>Without what is secret in it.</summary>
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("NodeId = ").Append(NodeId).Append(", Name = ").Append(Name).Append(", Epoch = ").Append(Epoch);
        return true;
    }
}
