using Homelab.Domain.Models;

namespace Homelab.Domain.Residency;

/// <summary>One request that waits for a lease.</summary>
/// <param name="Id">Unique for the daemon's life; also the order of arrival.</param>
/// <param name="Model">What it wants.</param>
/// <param name="Principal">Whose key it came with; room is shared fairly between principals.</param>
/// <param name="Since">When it began to wait, in time since the daemon's start.</param>
/// <param name="Deadline">When it is refused with <c>capacity_timeout</c> (or <c>load_timeout</c> while its model is loading).</param>
/// <param name="IsOperator">Whether an operator asked for the load itself (CLI, control API): granted without a lease once the model is hot.</param>
internal sealed record Waiter(long Id, ModelName Model, string Principal, TimeSpan Since, TimeSpan Deadline, bool IsOperator = false);
