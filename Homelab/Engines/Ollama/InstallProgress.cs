namespace Homelab.Engines.Ollama;

/// <summary>One step of an installation, for a progress bar.</summary>
/// <param name="Step">What is being done, in words.</param>
/// <param name="Bytes">Done of the archive.</param>
/// <param name="Total">Of the archive; 0 where not known yet.</param>
/// <param name="BytesPerSecond">Measured since the transfer began; 0 at its start and after it.</param>
internal sealed record InstallProgress(string Step, long Bytes = 0, long Total = 0, double BytesPerSecond = 0);
