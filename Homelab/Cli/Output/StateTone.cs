namespace Homelab.Cli.Output;

/// <summary>The tone of the states that the control API names.</summary>
internal static class StateTone
{
    public static Cell Show(string state) => Cell.Of(state, Of(state));

    private static Tone Of(string state) => state switch
    {
        "hot" or "live" or "up" or "connected" or "ok" or "running" or "in_use" => Tone.Good,
        "leased" or "loading" or "pulling" or "unloading" or "sharded" or "starting" or "stopping" or "downloading" or "connecting" => Tone.Busy,
        "suspect" or "draining" or "warn" => Tone.Warning,
        "failed" or "lost" or "down" or "unreachable" or "refused" or "fail" or "invalid" => Tone.Bad,
        _ => Tone.Plain,
    };
}
