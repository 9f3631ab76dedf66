using Homelab.Clients;

namespace Homelab.Cli;

/// <summary>What the executable returns; part of its interface.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = ControlException.Failed;
    public const int Usage = 2;

    /// <summary>Nobody answers at the address (EX_UNAVAILABLE).</summary>
    public const int NobodyAnswers = ControlException.NobodyAnswers;

    /// <summary>Key missing, wrong or without the right (EX_NOPERM).</summary>
    public const int NotAllowed = ControlException.NotAllowed;

    /// <summary>The configuration is wrong (EX_CONFIG).</summary>
    public const int Configuration = 78;

    /// <summary>Ended by Ctrl-C before it was done (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
