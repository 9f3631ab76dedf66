using Homelab.Tests.Architecture;

namespace Homelab.Tests.EndToEnd;

/// <summary>The README says nothing that was not run.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class ReadmeTests
{
    private static readonly Uri Ready = new("http://127.0.0.1:42420/readyz");

    [ReadmeFact]
    public async Task Commands_of_the_readme_work_word_for_word()
    {
        using var home = new HomelabHome();
        var environment = HomelabCommand.Environment(home, new Dictionary<string, string?>
        {
            ["PATH"] = $"{Path.GetDirectoryName(HomelabExecutable.Path)}:{Environment.GetEnvironmentVariable("PATH")}",
        });
        TestProcess? background = null;
        try
        {
            foreach (var block in ReadmeBlock.All())
            {
                // `exec` so that a signal reaches the command and not a shell around it.
                var process = TestProcess.Start("/bin/bash", ["-euo", "pipefail", "-c", block.IsBackground ? $"exec {block.Script}" : block.Script], environment, SourceTree.Root);
                if (block.IsBackground)
                {
                    Assert.Null(background);
                    background = process;
                    await Eventually.BecomesAsync($"README line {block.Line}", "a ready daemon", () => IsReadyAsync(process), ready => ready, limitSeconds: 60);
                    continue;
                }

                await using (process)
                {
                    var code = await process.ExitAsync(TimeSpan.FromMinutes(5));
                    Assert.True(code == 0, $"README line {block.Line} ended with {code}:\n{block.Script}\n{process.Output}{process.Error}\n{background?.Error}");
                }
            }

            if (background is not null)
            {
                background.Signal("TERM");
                Assert.Equal(0, await background.ExitAsync(TimeSpan.FromSeconds(45)));
            }
        }
        finally
        {
            if (background is not null)
            {
                await background.DisposeAsync();
            }
        }
    }

    [Fact]
    public void Marked_blocks_are_found_and_others_are_not()
    {
        var blocks = ReadmeBlock.Parse(["# x", "```bash run", "a", "b", "```", "```bash", "no", "```", "```bash run background", "./build.sh run", "```"]);
        Assert.Equal([new ReadmeBlock(3, false, "a\nb"), new ReadmeBlock(10, true, "./build.sh run")], blocks);
    }

    private static async Task<bool> IsReadyAsync(TestProcess process)
    {
        Assert.False(process.HasExited, $"it ended\n{process.Output}{process.Error}");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            return (await client.GetAsync(Ready)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
