namespace Homelab.Gateway;

/// <summary>Why a lease could not serve its request although nothing of an answer had come.</summary>
internal enum LeaseFailure
{
    /// <summary>No connection could be made.</summary>
    Unreachable,

    /// <summary>The machine refused before anything reached its engine.</summary>
    Refused,

    /// <summary>The connection ended, or the machine was given up, before its answer began.</summary>
    Closed,
}
