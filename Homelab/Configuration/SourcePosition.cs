namespace Homelab.Configuration;

/// <summary>Where a value was written: a place in a file, or an environment variable or flag as a whole.</summary>
/// <param name="Source">A file, a variable's name, or a flag.</param>
/// <param name="Line">From 1; 0 where the source is no file.</param>
/// <param name="Column">From 1; 0 where the source is no file.</param>
internal readonly record struct SourcePosition(string Source, int Line, int Column)
{
    public override string ToString() => Line > 0 ? $"{Source}:{Line}:{Column}" : Source;
}
