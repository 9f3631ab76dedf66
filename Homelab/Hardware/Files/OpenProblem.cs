namespace Homelab.Hardware.Files;

/// <summary>Why an entry below a root was not opened.</summary>
internal enum OpenProblem
{
    NotFound,

    /// <summary>A part of the way that should be a folder is none.</summary>
    NotAFolder,

    /// <summary>A link on the way leads out of the root; whether there is anything at its end is not looked at.</summary>
    LeavesRoot,

    /// <summary>A link on the way is not followed: a loop, one of the kernel's own, or any at all where the system cannot hold them below the root.</summary>
    NotFollowed,

    NoPermission,

    /// <summary>The file system failed.</summary>
    Failed,
}
