using Homelab.Contracts;
using Homelab.Control;

namespace Homelab.Roles.Daemon.Control;

/// <summary><c>GET /homelab/v1/models/fit?model=&amp;context=</c>: whether, where and with what context a model fits this machine. Changes nothing.</summary>
internal sealed class FitEndpoint(FitDesk desk)
{
    public async Task HandleAsync(HttpContext context)
    {
        if (await FitCall.ReadAsync(context).ConfigureAwait(false) is not { } call)
        {
            return;
        }

        if (await desk.AnswerAsync(call.Model, call.Context, context.RequestAborted).ConfigureAwait(false) is { } fit)
        {
            await ControlReply.WriteAsync(context, fit, ContractsJson.Default.FitWire).ConfigureAwait(false);
        }
        else
        {
            await ControlReply.FailAsync(context, 404, "model_not_found", desk.NotFound(call.Model), ControlRoutes.ModelQuery).ConfigureAwait(false);
        }
    }
}
