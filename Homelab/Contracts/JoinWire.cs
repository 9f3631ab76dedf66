using System.Text;

namespace Homelab.Contracts;

/// <summary>Body of POST <c>/nodes/join</c>.</summary>
/// <param name="Token">A join token; spent by a success.</param>
/// <param name="NodeId">The node's own id.</param>
/// <param name="Name">As its configuration calls it.</param>
/// <param name="Version">Of its executable.</param>
internal sealed record JoinWire(string Token, string NodeId, string Name, string Version)
{
    /// <summary>Without what is secret in it.</summary>
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("NodeId = ").Append(NodeId).Append(", Name = ").Append(Name);
        return true;
    }
}
