namespace Homelab.Clients;

/// <summary>Typed client of the control API of a daemon or hub.</summary>
internal sealed class ControlClient;
