namespace Homelab.Processes;

/// <summary>A child process whose output goes to a log and whose whole tree ends with it.</summary>
internal sealed class ChildProcess;
