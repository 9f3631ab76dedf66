namespace Homelab.Domain.Nodes;

/// <summary>How far a node has come with a command.</summary>
internal enum CommandStatus
{
    /// <summary>Known to the node, not begun.</summary>
    Accepted,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>Done; final.</summary>
    Done,

    /// <summary>Tried and failed; final.</summary>
    Failed,

    /// <summary>Not tried, by the node's own rules or because it does not know the command; final.</summary>
    Rejected,

    /// <summary>Of an earlier epoch or past its deadline, nothing was done; final.</summary>
    Stale,
}
