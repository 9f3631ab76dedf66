using System.Text.Json;
using Homelab.Domain.Residency;
using Homelab.Engines.Ollama;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>What a model would be loaded as, read out of the Modelfile that Ollama shows.</summary>
public sealed class RunnerIdentitiesTests
{
    public static TheoryData<string> Versions => RecordedExchange.Versions;

    [Theory, MemberData(nameof(Versions))]
    public async Task Recorded_models_of_one_file_are_told_to_be(string version)
    {
        var tiny = RunnerIdentities.Read(await Recorded(version, "022"));
        var derived = RunnerIdentities.Read(await Recorded(version, "017"));

        Assert.Equal("aeb8e29e6ae9867798b86d9395853d691cb54d90867562f6908ed30744e760d2", tiny?.Weights);
        Assert.Equal(tiny, derived);
    }

    [Fact]
    public async Task Adapter_projector_and_runner_parameters_tell_apart_and_texts_do_not()
    {
        const string From = "# Modelfile\n# FROM x:latest\n\nFROM /models/blobs/sha256-aa\n";
        var plain = await Read(From + "TEMPLATE \"\"\"\nFROM /models/blobs/sha256-zz\n\"\"\"\n", "temperature   0.2\nstop  \"num_gpu 3\"");

        Assert.Equal(new RunnerIdentity("aa", "", 0), plain);
        Assert.NotEqual(plain, await Read(From + "ADAPTER /models/blobs/sha256-bb\n", ""));
        Assert.NotEqual(plain, await Read(From + "FROM /models/blobs/sha256-cc\n", ""));
        Assert.Equal(new RunnerIdentity("aa", "num_batch=64;num_gpu=3", 8192), await Read(From, "num_gpu                        3\nnum_ctx                        8192\nnum_batch                      64"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("FROM llama3:latest\n")]
    [InlineData("# only a comment")]
    public async Task Without_a_file_of_weights_nothing_is_claimed(string modelfile) => Assert.Null(await Read(modelfile, ""));

    private static async Task<RunnerIdentity?> Read(string modelfile, string parameters) =>
        RunnerIdentities.Read(await ShowMetadata.ReadAsync(new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(new { modelfile, parameters })), default));

    private static Task<ShowMetadata> Recorded(string version, string number) =>
        ShowMetadata.ReadAsync(new MemoryStream(RecordedExchange.Load(version, number).Body), default);
}
