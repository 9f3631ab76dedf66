using Homelab.Contracts;
using Homelab.Gateway.Errors;

namespace Homelab.Roles.Daemon;

/// <summary>How an operation on a model ended: one of both is set.</summary>
internal sealed record OperationOutcome(ModelCommandResultWire? Result, GatewayError? Error)
{
    public static OperationOutcome Done(ModelCommandResultWire result) => new(result, null);

    public static OperationOutcome Failed(GatewayError error) => new(null, error);

    public static OperationOutcome Failed(int status, string code, string message) =>
        new(null, new GatewayError(status, code, ErrorType.Of(status), message));
}
