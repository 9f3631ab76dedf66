using System.Globalization;
using System.Text;
using Homelab.Domain.Memory;

namespace Homelab.Hardware;

/// <summary>Names processes on Linux and tells whose they are, by the line of those that started them. Known only where this program sees the processes of the whole
/// machine: a driver names them by the machine's numbers, which inside a container are others' or nobody's. One thread.</summary>
/// <param name="root">The folder that stands for <c>/</c>.</param>
/// <param name="self">This process.</param>
internal sealed class LinuxPrograms(string root, int self)
{
    // PROC_PID_INIT_INO of the kernel: the first namespace of processes has this number on every machine.
    private const string WholeMachine = "pid:[4026531836]";
    private const int LongestLine = 64;
    private const int LongestStat = 1024;

    private readonly Dictionary<int, (string Name, int Parent)?> _read = [];

    // The kernel cuts names to 15 characters ("ollama_llama_server" was the runner's until Ollama 0.5).
    private static readonly string[] Engines = ["ollama", "ollama_llama_se", "llama-server", "vllm", "VLLM::EngineCor"];

    /// <summary>Forgets what was read: numbers of processes are given again.</summary>
    public void Renew() => _read.Clear();

    /// <summary>A process's name and owner.</summary>
    public (string? Name, ProgramOwner Owner) Of(int id)
    {
        if (LinkOf("proc/self/ns/pid") != WholeMachine || Stat(id) is not { } process)
        {
            return (null, ProgramOwner.Unknown);
        }

        var isOurs = false;
        var line = ((string Name, int Parent)?)process;
        for (var (step, at) = (0, id); step < LongestLine && line is { } member; step++)
        {
            if (Array.Exists(Engines, engine => member.Name == engine))
            {
                return (process.Name, ProgramOwner.Engine);
            }

            isOurs |= at == self;
            at = member.Parent;
            line = at > 0 ? Stat(at) : null;
        }

        return (process.Name, isOurs ? ProgramOwner.Homelab : ProgramOwner.Other);
    }

    private (string Name, int Parent)? Stat(int id)
    {
        if (!_read.TryGetValue(id, out var stat))
        {
            stat = Parse(ReadFile(string.Create(CultureInfo.InvariantCulture, $"proc/{id}/stat")));
            _read[id] = stat;
        }

        return stat;
    }

    /// <summary>"4711 (name) S 1 ...": a name may hold blanks and parentheses, so it ends with the last of those.</summary>
    private static (string Name, int Parent)? Parse(string text)
    {
        var (start, end) = (text.IndexOf('('), text.LastIndexOf(')'));
        return start >= 0 && end > start && text[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var parent, ..] && int.TryParse(parent, CultureInfo.InvariantCulture, out var number)
            ? (Printable(text[(start + 1)..end]), number)
            : null;
    }

    /// <summary>Any program can call itself anything, and this is shown on terminals.</summary>
    private static string Printable(string name) => string.Concat(name.Select(static c => char.IsControl(c) || c == '\uFFFD' ? '?' : c));

    private string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(Path.Combine(root, path)).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string ReadFile(string path)
    {
        try
        {
            using var file = File.OpenHandle(Path.Combine(root, path));
            var buffer = new byte[LongestStat];
            return Encoding.UTF8.GetString(buffer, 0, RandomAccess.Read(file, buffer, 0));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return "";
        }
    }
}
