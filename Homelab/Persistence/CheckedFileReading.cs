namespace Homelab.Persistence;

/// <summary>What reading an <see cref="CheckedFile"/> came to.</summary>
/// <param name="Content">The newest content that is whole; null where there is none.</param>
/// <param name="Problem">What was wrong; null where nothing was, also where there is no file yet.</param>
/// <param name="FromPrevious">Whether the content is the one before the last.</param>
internal sealed record CheckedFileReading(byte[]? Content, string? Problem, bool FromPrevious);
