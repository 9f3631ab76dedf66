using Homelab.Domain.Nodes;

namespace Homelab.Domain.Cluster;

/// <summary>How a command ended.</summary>
/// <param name="Status">A final status; <see cref="CommandStatus.Stale"/> also where the node never got it in time.</param>
/// <param name="Node">Name of the node.</param>
/// <param name="Code">An <c>error.code</c> of the client surface; null where it was done.</param>
/// <param name="Message">For people; null where there is nothing to say.</param>
/// <param name="Result">What it came to; null where it was not done.</param>
internal sealed record CommandOutcome(CommandStatus Status, string Node, string? Code, string? Message, CommandResult? Result);
