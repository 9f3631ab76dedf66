using System.Globalization;
using Homelab.Contracts;

namespace Homelab.Control;

/// <summary>What <c>GET /models/fit</c> asks, on daemon and hub alike.</summary>
/// <param name="Model">Name or alias.</param>
/// <param name="Context">Tokens; null: what a load would get.</param>
internal sealed record FitCall(string Model, int? Context)
{
    private const int LongestContext = 1 << 28;

    /// <summary>Reads the query, or answers what is wrong with it and returns null.</summary>
    public static async Task<FitCall?> ReadAsync(HttpContext context)
    {
        var model = context.Request.Query[ControlRoutes.ModelQuery].ToString();
        if (model.Length == 0)
        {
            await ControlReply.FailAsync(context, 400, "invalid_request", $"say which model: {ControlRoutes.FitModel}?model=NAME", ControlRoutes.ModelQuery).ConfigureAwait(false);
            return null;
        }

        var text = context.Request.Query[ControlRoutes.ContextQuery].ToString();
        if (text.Length == 0)
        {
            return new FitCall(model, null);
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) && tokens is >= 1 and <= LongestContext)
        {
            return new FitCall(model, tokens);
        }

        await ControlReply.FailAsync(context, 400, "invalid_request", "context is a number of tokens from 1 on", ControlRoutes.ContextQuery).ConfigureAwait(false);
        return null;
    }
}
