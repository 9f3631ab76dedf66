namespace Homelab.Configuration;

/// <summary>One thing that is wrong with the configuration, said so that it can be mended. Never holds a secret or what a reference stands for.</summary>
/// <param name="File">The file as it was named, or the environment variable or flag that holds the value.</param>
/// <param name="Line">From 1; 0 where there is no file.</param>
/// <param name="Column">From 1; 0 where there is no file.</param>
/// <param name="Key">The whole key, <c>daemon.memory.devices[0].total</c>; empty where it is about the file.</param>
/// <param name="Message">What is wrong and, where it can be told, what was meant.</param>
internal sealed record ConfigurationProblem(string File, int Line, int Column, string Key, string Message)
{
    public ConfigurationProblem(SourcePosition position, string key, string message)
        : this(position.Source, position.Line, position.Column, key, message)
    {
    }

    /// <summary><c>homelab.yaml:3:5: daemon.listen: what is wrong</c>.</summary>
    public override string ToString() =>
        $"{new SourcePosition(File, Line, Column)}: {(Key.Length == 0 ? "" : Key + ": ")}{Message}";
}
