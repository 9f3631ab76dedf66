using Homelab.Tests.Architecture;

namespace Homelab.Tests.EndToEnd;

/// <summary>The README says nothing that was not run.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ReadmeTests
{
    [ReadmeFact]
    public async Task Commands_of_the_readme_work_word_for_word()
    {
        using var home = new HomelabHome();
        var environment = HomelabCommand.Environment(home, new Dictionary<string, string?>
        {
            ["TMPDIR"] = home.Path,
            ["PATH"] = $"{Path.GetDirectoryName(HomelabExecutable.Path)}:{Environment.GetEnvironmentVariable("PATH")}",
        });
        var background = new List<TestProcess>();
        try
        {
            foreach (var block in ReadmeBlock.All())
            {
                // `exec` so that a signal reaches the command and not a shell around it.
                var script = block.Ready is null ? block.Script : Exec(block.Script);
                var process = TestProcess.Start("/bin/bash", ["-euo", "pipefail", "-c", script], environment, SourceTree.Root);
                if (block.Ready is { } ready)
                {
                    background.Add(process);
                    await Eventually.BecomesAsync($"README line {block.Line}", $"an answer at {ready}", () => IsReadyAsync(process, ready), answers => answers, limitSeconds: 60);
                    continue;
                }

                await using (process)
                {
                    var code = await process.ExitAsync(TimeSpan.FromMinutes(5));
                    Assert.True(code == 0, $"README line {block.Line} ended with {code}:\n{block.Script}\n{process.Output}{process.Error}\n{string.Join('\n', background.Select(b => b.Error))}");
                }
            }

            // The hub last: whoever it serves says goodbye to it first. One was killed by the README itself.
            foreach (var process in background.AsEnumerable().Reverse().Where(p => !p.HasExited))
            {
                process.Signal("TERM");
                Assert.Equal(0, await process.ExitAsync(TimeSpan.FromSeconds(45)));
            }
        }
        finally
        {
            foreach (var process in background)
            {
                await process.DisposeAsync();
            }
        }
    }

    [Fact]
    public void Marked_blocks_are_found_and_others_are_not()
    {
        var blocks = ReadmeBlock.Parse(["# x", "```bash run", "a", "b", "```", "```bash", "no", "```", "```bash run background", "./build.sh run", "```", "```bash run background http://127.0.0.1:1/x", "hub", "```"]);
        Assert.Equal([new ReadmeBlock(3, null, "a\nb"), new ReadmeBlock(10, new Uri("http://127.0.0.1:42420/readyz"), "./build.sh run"), new ReadmeBlock(13, new Uri("http://127.0.0.1:1/x"), "hub")], blocks);
    }

    /// <summary>The last command of a script in place of its shell, the variables before it kept.</summary>
    private static string Exec(string script) => script.Contains('=', StringComparison.Ordinal) && script.StartsWith("HOMELAB_", StringComparison.Ordinal) ? "exec env " + script : "exec " + script;

    private static async Task<bool> IsReadyAsync(TestProcess process, Uri ready)
    {
        Assert.False(process.HasExited, $"it ended\n{process.Output}{process.Error}");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            return (await client.GetAsync(ready)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
