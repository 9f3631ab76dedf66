using System.Text;
using System.Text.Json;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines;
using Homelab.Engines.Ollama;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>Facts read from <c>/api/show</c>: recorded, hybrid, with projectors, hostile.</summary>
public sealed class GgufFactsReaderTests
{
    public static TheoryData<string> Versions => RecordedExchange.Versions;

    [Theory, MemberData(nameof(Versions))]
    public async Task Facts_of_a_recorded_model_are_read_without_a_verbose_call(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "022");
        await using var engine = Engine(server);
        var facts = await engine.InspectAsync(Model(452345), default);

        Assert.Equal(("llama", 452345L, 0L), (facts.Architecture, facts.WeightBytes.Bytes, facts.ProjectorBytes.Bytes));
        Assert.Equal((2, 4, 64, 128, 291, 2048), (facts.BlockCount, facts.HeadCount, facts.EmbeddingLength, facts.FeedForwardLength, facts.VocabularySize, facts.TrainedContext));
        Assert.Equal(2, Assert.Single(facts.KeyValueHeads));
        Assert.Equal(16, facts.RopeDimensions);
        Assert.False(facts.IsEmbedder);
        Assert.Equal("""{"model":"tiny:latest"}""", Assert.Single(server.Asked).Body);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Embedder_is_known_by_its_capabilities(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "065");
        await using var engine = Engine(server);
        Assert.True((await engine.InspectAsync(Model(1), default)).IsEmbedder);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Verbose_answer_gives_the_same_facts(string version)
    {
        var model = Model(452345);
        var plain = GgufFactsReader.Read(await Parse(RecordedExchange.Load(version, "022").Body), model);
        var verbose = GgufFactsReader.Read(await Parse(RecordedExchange.Load(version, "023").Body), model);
        Assert.Equal(plain with { KeyValueHeads = [], LayerBytes = [] }, verbose with { KeyValueHeads = [], LayerBytes = [] });
        Assert.Equal(plain.LayerBytes.AsEnumerable(), verbose.LayerBytes);
        Assert.Equal(plain.KeyValueHeads.AsEnumerable(), verbose.KeyValueHeads);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task Per_layer_array_that_was_withheld_is_asked_for_verbosely_once(string withheld)
    {
        await using var server = (await ScriptedOllama.StartAsync())
            .On("POST /api/show", Show($"\"h.attention.head_count_kv\":{withheld},\"h.attention.head_count\":32"))
            .On("POST /api/show", Show("\"h.attention.head_count_kv\":[0,8,0,8],\"h.attention.head_count\":32,\"tokenizer.ggml.tokens\":[" + string.Join(',', Enumerable.Repeat("\"token\"", 50_000)) + "],\"tokenizer.ggml.scores\":[" + string.Join(',', Enumerable.Repeat("1.5", 50_000)) + "]"));
        await using var engine = Engine(server);
        var facts = await engine.InspectAsync(Model(10), default);
        Assert.Equal([0, 8, 0, 8], facts.KeyValueHeads.AsEnumerable());
        Assert.Equal(50_000, facts.VocabularySize);
        Assert.Equal(2, server.Asked.Count);
        Assert.Equal("""{"model":"tiny:latest","verbose":true}""", server.Asked.Last().Body);
    }

    [Theory]
    [InlineData("\"h.attention.sliding_window\":1024,\"h.attention.sliding_window_pattern\":[true,true,true,true,true,false,true]", 6)]
    [InlineData("\"h.attention.sliding_window\":128,\"h.attention.sliding_window_pattern\":[true,false]", 2)]
    [InlineData("\"h.attention.sliding_window\":1024,\"h.attention.sliding_window_pattern\":4", 4)]
    [InlineData("\"h.attention.sliding_window\":1024", 0)]
    [InlineData("\"h.block_count\":4", 0)]
    public async Task Sliding_window_pattern_is_read_in_each_form(string info, int pattern) =>
        Assert.Equal(pattern, GgufFactsReader.Read(await Parse(Encoding.UTF8.GetBytes(Show(info))), Model(1)).SlidingWindowPattern);

    [Fact]
    public async Task Sliding_window_pattern_that_files_leave_out_is_known_by_architecture()
    {
        var show = """{"model_info":{"general.architecture":"gemma3","gemma3.attention.sliding_window":1024,"gemma3.block_count":12,"gemma3.attention.head_count_kv":1},"capabilities":["completion"]}""";
        var layout = AttentionLayout.From(GgufFactsReader.Read(await Parse(Encoding.UTF8.GetBytes(show)), Model(1)));
        Assert.Equal((2, 10), (layout.FullHeads, layout.WindowHeads));
    }

    /// <summary>qwen3next and its kin: taken for attention in every layer, the cache of 80B at 256k would be four times what it is.</summary>
    [Fact]
    public async Task Interval_of_the_layers_that_attend_is_read()
    {
        var facts = GgufFactsReader.Read(await Parse(Encoding.UTF8.GetBytes(Show("\"h.full_attention_interval\":4,\"h.block_count\":48"))), Model(1));
        Assert.Equal((4, 48), (facts.FullAttentionInterval, facts.BlockCount));
    }

    [Theory]
    [InlineData("stop                           \\\"<|im_end|>\\\"\\nnum_ctx                        8192\\ntemperature 1", 8192)]
    [InlineData("num_ctx                        1e+06", 1_000_000)]
    [InlineData("stop                           \\\"num_ctx 5\\\"", 0)]
    [InlineData("num_ctx", 0)]
    [InlineData("num_ctx                        -5", 0)]
    public async Task Context_that_the_model_itself_asks_for_is_read(string parameters, int expected)
    {
        var show = $$$"""{"parameters":"{{{parameters}}}","model_info":{"general.architecture":"h"}}""";
        Assert.Equal(expected, GgufFactsReader.Read(await Parse(Encoding.UTF8.GetBytes(show)), Model(1)).OwnContext);
    }

    [Fact]
    public async Task Projector_of_its_own_file_is_what_the_files_have_beyond_the_tensors()
    {
        var show = """{"model_info":{"general.architecture":"h"},"projector_info":{"general.architecture":"clip"},"tensors":[{"name":"token_embd.weight","type":"Q4_0","shape":[64,32]},{"name":"b","type":"F16","shape":[10]}],"capabilities":["vision"]}""";
        var facts = GgufFactsReader.Read(await Parse(Encoding.UTF8.GetBytes(show)), Model(5000));
        Assert.Equal(5000 - (64 * 32 / 32 * 18) - 20, facts.ProjectorBytes.Bytes);
        Assert.Equal(32, facts.VocabularySize);
    }

    [Fact]
    public async Task Projector_inside_the_model_file_is_the_sum_of_its_tensors()
    {
        var show = """{"model_info":{"general.architecture":"h"},"tensors":[{"name":"v.blk.0.w","type":"F32","shape":[10,10]},{"name":"mm.0.w","type":"F16","shape":[10]},{"name":"b","type":"F16","shape":[10]}]}""";
        Assert.Equal(420, GgufFactsReader.Read(await Parse(Encoding.UTF8.GetBytes(show)), Model(5000)).ProjectorBytes.Bytes);
    }

    [Fact]
    public async Task Tensor_of_an_unknown_type_leaves_the_projector_unstated()
    {
        var show = """{"model_info":{},"projector_info":{"a":1},"tensors":[{"name":"b","type":"Q99_X","shape":[10]}]}""";
        Assert.Equal(0, GgufFactsReader.Read(await Parse(Encoding.UTF8.GetBytes(show)), Model(5000)).ProjectorBytes.Bytes);
    }

    [Theory]
    [InlineData("\"h.block_count\":-5,\"h.context_length\":1e300", 0, int.MaxValue)]
    [InlineData("\"h.block_count\":\"many\",\"h.context_length\":{\"a\":[1,{\"b\":2}]}", 0, 0)]
    [InlineData("\"h.block_count\":7.9,\"h.context_length\":true", 7, 1)]
    public async Task Values_outside_reason_do_no_harm(string info, int blocks, int context)
    {
        var facts = GgufFactsReader.Read(await Parse(Encoding.UTF8.GetBytes(Show(info))), Model(1));
        Assert.Equal((blocks, context), (facts.BlockCount, facts.TrainedContext));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("{\"model_info\":{\"a\":[1,")]
    public async Task Answer_that_is_not_the_document_is_an_engine_failure(string body)
    {
        await using var server = (await ScriptedOllama.StartAsync()).On("POST /api/show", body);
        await using var engine = Engine(server);
        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.InspectAsync(Model(1), default));
        Assert.Equal(LoadFailure.Engine, failure.Kind);
    }

    [Fact]
    public async Task Document_nested_without_end_is_refused() =>
        await Assert.ThrowsAnyAsync<JsonException>(() => Parse(Encoding.UTF8.GetBytes("{\"model_info\":{\"a\":" + new string('[', 1000))));

    [Fact]
    public async Task Token_longer_than_the_bound_is_refused()
    {
        var body = new byte[JsonTokenStream.MaximumToken + 100];
        Array.Fill(body, (byte)'x');
        "{\"license\":\""u8.CopyTo(body);
        await Assert.ThrowsAnyAsync<JsonException>(() => Parse(body));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Inspecting_an_unknown_model_is_not_installed(string version)
    {
        await using var server = (await ScriptedOllama.StartAsync()).Replay(version, "024");
        await using var engine = Engine(server);
        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.InspectAsync(Model(1), default));
        Assert.Equal(LoadFailure.NotInstalled, failure.Kind);
    }

    private static OllamaEngine Engine(ScriptedOllama server) => new(OllamaClientTests.Client(server.Address), supervisor: null, allowCloud: false, TimeProvider.System);

    private static InstalledModel Model(long size) => new(ModelName.Parse("tiny"), "aa", new ByteSize(size), ["completion"]);

    private static string Show(string info) => $$$"""{"model_info":{"general.architecture":"h",{{{info}}}},"capabilities":["completion"]}""";

    private static async Task<ShowMetadata> Parse(byte[] body) => await ShowMetadata.ReadAsync(new MemoryStream(body), default);
}
