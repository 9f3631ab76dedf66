namespace Homelab.Gateway.Forwarding;

/// <summary>Why a copy stopped.</summary>
internal enum CopyEnd
{
    /// <summary>The source ended where its framing says; whether its end mark came is the inspector's to say.</summary>
    SourceEnded,

    /// <summary>The source broke off.</summary>
    SourceCut,

    /// <summary>The target takes no more.</summary>
    TargetGone,
}
