using Homelab.Tests.Architecture;

namespace Homelab.Tests.EndToEnd;

/// <summary>A fenced block of README.md whose info string is <c>bash run</c> (runs to its end, must succeed) or <c>bash run background URL</c> (starts what
/// goes on running, and is ready when it answers there; without an address the daemon's own).</summary>
internal sealed record ReadmeBlock(int Line, Uri? Ready, string Script)
{
    private const string Background = "bash run background";

    private static readonly Uri Daemon = new("http://127.0.0.1:42420/readyz");

    public static IReadOnlyList<ReadmeBlock> All()
    {
        var path = Path.Combine(SourceTree.Root, "README.md");
        return File.Exists(path) ? Parse(File.ReadAllLines(path)) : [];
    }

    /// <summary>The marked blocks in order.</summary>
    public static IReadOnlyList<ReadmeBlock> Parse(IReadOnlyList<string> lines)
    {
        var blocks = new List<ReadmeBlock>();
        for (var at = 0; at < lines.Count; at++)
        {
            if (!lines[at].StartsWith("```", StringComparison.Ordinal))
            {
                continue;
            }

            var info = lines[at][3..].Trim();
            var start = ++at;
            while (at < lines.Count && lines[at].TrimEnd() != "```")
            {
                at++;
            }

            var isBackground = info.StartsWith(Background, StringComparison.Ordinal);
            if (info == "bash run" || isBackground)
            {
                var ready = !isBackground ? null : info.Length > Background.Length ? new Uri(info[Background.Length..].Trim()) : Daemon;
                blocks.Add(new ReadmeBlock(start + 1, ready, string.Join('\n', lines.Skip(start).Take(at - start))));
            }
        }

        return blocks;
    }
}
