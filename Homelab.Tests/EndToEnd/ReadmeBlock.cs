using Homelab.Tests.Architecture;

namespace Homelab.Tests.EndToEnd;

/// <summary>A fenced block of README.md whose info string is <c>bash run</c> (runs to its end, must succeed) or <c>bash run background</c> (starts the
/// daemon and goes on running).</summary>
internal sealed record ReadmeBlock(int Line, bool IsBackground, string Script)
{
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

            if (info is "bash run" or "bash run background")
            {
                blocks.Add(new ReadmeBlock(start + 1, info.EndsWith("background", StringComparison.Ordinal), string.Join('\n', lines.Skip(start).Take(at - start))));
            }
        }

        return blocks;
    }
}
