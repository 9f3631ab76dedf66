using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Forwarding;

/// <summary>What became of sending a request to one upstream. The default value: it was dealt with, the client has its answer.</summary>
/// <param name="Failure">Why the client has no answer yet, and another upstream may be tried; null: it has.</param>
/// <param name="Error">What to tell the client where none is.</param>
internal readonly record struct ForwardAttempt(LeaseFailure? Failure, GatewayError? Error)
{
    public static ForwardAttempt Failed(LeaseFailure failure, GatewayError error) => new(failure, error);
}
