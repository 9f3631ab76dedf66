namespace Homelab.Engines.Simulated;

/// <summary>What the scheduler did so far.</summary>
/// <param name="Loads">Loads begun.</param>
/// <param name="LoadsFinished">Loads that ended well.</param>
/// <param name="LoadsDropped">Loads given up because their client left.</param>
/// <param name="Reloads">Unloads because a request wanted other options.</param>
/// <param name="Evictions">Unloads to make room.</param>
/// <param name="Unloads">All unloads.</param>
/// <param name="MostLoading">The most requests that waited for a load at one time.</param>
internal readonly record struct SchedulerCounts(int Loads, int LoadsFinished, int LoadsDropped, int Reloads, int Evictions, int Unloads, int MostLoading);
