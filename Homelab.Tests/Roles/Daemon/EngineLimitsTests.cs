using Homelab.Configuration;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.Roles.Daemon;

/// <summary>The trap of a fourth model: an Ollama that holds three unloads one of its own choice for it, pinned here or not.</summary>
public sealed class EngineLimitsTests
{
    private static readonly string[] Models = ["a:1b", "b:1b", "c:1b", "d:1b"];

    [Theory]
    [InlineData("a:1b")]
    [InlineData("b:1b")]
    [InlineData("c:1b")]
    public async Task Four_models_on_an_ollama_of_three_and_the_pinned_one_stays_whichever_it_is(string pinned)
    {
        await using var core = await StartAsync(new ModelConfig { Name = pinned, Pin = true });
        await core.UntilAsync(pinned, ModelState.Hot);
        foreach (var model in Models.Concat(Models))
        {
            core.Time.Advance(TimeSpan.FromMinutes(1));
            await core.ChatAsync(model);
            Assert.Contains(pinned, core.Fake.Loaded);
        }

        await core.LookAsync();
        Assert.Equal(0, core.Fake.Counts.Evictions);
        Assert.Equal(3, core.Fake.Loaded.Count);
        Assert.Contains(core.Events.Since(0), e => e.Type == AnnouncementTypes.ModelEvicted);
        Assert.DoesNotContain(core.Events.Since(0), e => e.Type == AnnouncementTypes.ModelLost);
    }

    [Fact]
    public async Task A_stream_is_not_what_the_fourth_model_waits_for_while_others_are_idle()
    {
        await using var core = await StartAsync();
        using var stream = (await core.AskAsync("a:1b")).Lease;
        await core.ChatAsync("b:1b");
        await core.ChatAsync("c:1b");
        core.Time.Advance(TimeSpan.FromMinutes(1));
        await core.ChatAsync("d:1b");

        Assert.Contains("a:1b", core.Fake.Loaded);
        Assert.Equal(0, core.Fake.Counts.Evictions);
    }

    [Fact]
    public async Task What_others_loaded_counts_and_explain_says_why_one_must_go()
    {
        await using var core = await StartAsync();
        await core.Fake.UseByOthersAsync("a:1b");
        await core.ChatAsync("b:1b");
        await core.ChatAsync("c:1b");
        await core.LookAsync();
        core.Time.Advance(TimeSpan.FromMinutes(1));

        var explained = await core.ExplainAsync("d:1b");
        Assert.Equal("evict_then_load", explained.Decision);
        Assert.Contains("fit, but Ollama holds at most 3 models at the same time (OLLAMA_MAX_LOADED_MODELS): a:1b goes first", explained.Why, StringComparison.Ordinal);

        await core.ChatAsync("d:1b");
        Assert.Equal(["b:1b", "c:1b", "d:1b"], core.Fake.Loaded);
        Assert.Equal(0, core.Fake.Counts.Evictions);
    }

    private static async Task<DaemonCore> StartAsync(params ModelConfig[] models)
    {
        var fake = await FakeOllama.StartAsync(s => s with { Models = [], Catalogue = [], MaximumLoaded = 3 });
        foreach (var model in Models)
        {
            fake.Install(model, ByteSize.FromGibibytes(1));
        }

        return await DaemonCore.StartAsync(fake, models);
    }
}
