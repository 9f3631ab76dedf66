namespace Homelab.Processes;

/// <summary>A started process and all that it started in turn, by the means of one operating system.</summary>
internal interface IProcessTree : IDisposable
{
    /// <summary>The process id of the root.</summary>
    int Id { get; }

    /// <summary>Completes with the exit code when the root has ended and its tree was killed; 128 + n for signal n. Never fails.</summary>
    Task<int> Exited { get; }

    /// <summary>Both output streams of the tree; ends when the last of it has closed them.</summary>
    Stream Output { get; }

    /// <summary>Asks the tree to end. Does nothing where it has ended.</summary>
    void RequestStop();

    /// <summary>Ends the tree. Does nothing where it has ended.</summary>
    void Kill();
}
