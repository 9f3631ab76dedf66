namespace Homelab.Gateway.Apps;

/// <summary>One request for an app's own paths.</summary>
/// <param name="Name">The app's, as the client wrote it.</param>
/// <param name="Rest">What is asked of it, beginning with a slash.</param>
/// <param name="Asker">For whom it is.</param>
/// <param name="Caller">Whose credential it carries.</param>
/// <param name="Hops">How often it was delegated before.</param>
/// <param name="RequestId">For logs and events.</param>
internal sealed record AppRequest(string Name, string Rest, Principal Asker, Principal Caller, int Hops, string RequestId);
