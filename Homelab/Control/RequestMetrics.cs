using Homelab.Gateway;
using Homelab.Telemetry;

namespace Homelab.Control;

/// <summary>Counts finished requests for <c>/metrics</c>.</summary>
/// <param name="metrics">Where to count.</param>
/// <param name="upstreamTrouble">Called when an answer of an upstream was cut or never came: it should be looked at.</param>
internal sealed class RequestMetrics(HomelabMetrics metrics, Action upstreamTrouble)
{
    public void Record(RequestRecord record)
    {
        var model = record.Model ?? "";
        metrics.Requests.WithLabels(record.Route, model, record.Tier ?? "none", StatusLabel(record.Status)).Inc();
        metrics.RequestSeconds.WithLabels(record.Route).Observe(record.Total.TotalSeconds);
        metrics.OverheadSeconds.Observe(record.Overhead.TotalSeconds);
        if (record.FirstByte is { } firstByte && record.Model is not null)
        {
            metrics.FirstByteSeconds.WithLabels(model).Observe(firstByte.TotalSeconds);
        }

        if (record.PromptTokens is { } prompt)
        {
            metrics.Tokens.WithLabels(model, "prompt").Inc(prompt);
        }

        if (record.CompletionTokens is { } completion)
        {
            metrics.Tokens.WithLabels(model, "completion").Inc(completion);
        }

        if (record.Outcome is not (ForwardOutcome.Completed or ForwardOutcome.Refused))
        {
            metrics.StreamAborts.WithLabels(CauseLabel(record.Outcome)).Inc();
            if (record.Outcome is ForwardOutcome.UpstreamCut or ForwardOutcome.UpstreamUnreachable)
            {
                upstreamTrouble();
            }
        }
    }

    private static string StatusLabel(int status) => status switch
    {
        200 => "200",
        400 => "400",
        401 => "401",
        404 => "404",
        429 => "429",
        499 => "499",
        502 => "502",
        503 => "503",
        _ => status.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static string CauseLabel(ForwardOutcome outcome) => outcome switch
    {
        ForwardOutcome.ClientGone => "client_gone",
        ForwardOutcome.ClientStalled => "client_stalled",
        ForwardOutcome.UpstreamUnreachable => "upstream_unreachable",
        ForwardOutcome.UpstreamCut => "upstream_cut",
        _ => "upstream_stalled",
    };
}
