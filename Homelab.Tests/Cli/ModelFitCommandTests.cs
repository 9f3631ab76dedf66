using Homelab.Cli;
using Homelab.Contracts;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Tests.Engines.Gguf;
using Homelab.Tests.Fakes.Gguf;
using Homelab.Tests.Processes;
using Homelab.Tests.Snapshots;

namespace Homelab.Tests.Cli;

/// <summary><c>homelab models fit</c> and the estimate in <c>homelab models show</c>.</summary>
public sealed class ModelFitCommandTests
{
    private const long Gibibyte = 1L << 30;

    private static readonly FitWire Fit = new(
        "qwen3-next:80b",
        "tower",
        "after_evicting",
        "its 56 GiB fit once other models are evicted, which a request does by itself",
        new EstimateWire(50 * Gibibyte, 3 * Gibibyte, Gibibyte, Gibibyte / 2, 1.03, 56 * Gibibyte, "measured", 65_536, 1, 2, RecurrentStateBytes: Gibibyte, OnHostBytes: Gibibyte / 4, Batch: 1_024),
        [
            new FitDeviceWire("gpu0", "cuda", 16, 16 * Gibibyte, Gibibyte, Gibibyte / 3, Gibibyte, 0, Gibibyte / 4, 19 * Gibibyte, 23 * Gibibyte),
            new FitDeviceWire("gpu1", "cuda", 33, 34 * Gibibyte, 2 * Gibibyte, Gibibyte / 3, Gibibyte, 0, Gibibyte / 4, 39 * Gibibyte, 47 * Gibibyte),
        ],
        16_384,
        131_072,
        262_144,
        "qwen3next",
        70 * Gibibyte);

    [Fact]
    public async Task Fit_is_asked_of_the_daemon_and_shown_device_by_device()
    {
        await using var server = (await FakeControlServer.StartAsync()).Gets(ControlRoutes.FitModel, Fit, ContractsJson.Default.FitWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "fit", "qwen3-next:80b", "--context", "65536"));

        Assert.Equal("/homelab/v1/models/fit?model=qwen3-next%3A80b&context=65536", Assert.Single(server.Seen).Path);
        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task Model_that_is_not_installed_is_an_error_that_says_what_to_do()
    {
        await using var server = (await FakeControlServer.StartAsync()).Refuses("GET", ControlRoutes.FitModel, 404, "model_not_found", "model 'nobody:latest' is not installed on tower; run: homelab models pull nobody");
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync(server, "models", "fit", "nobody"));
        Assert.Equal("homelab: model 'nobody:latest' is not installed on tower; run: homelab models pull nobody\n", cli.Error);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    public async Task Context_that_is_no_number_of_tokens_is_a_usage_error(string context)
    {
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("models", "fit", "a", "--context", context));
    }

    [Fact]
    public async Task File_is_fitted_to_this_machine_without_a_daemon()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "tiny.gguf");
        new TinyLlama { Name = "tiny", Seed = 1 }.Save(path);
        var cli = new CliRun
        {
            Probe = new FixedProbe(
                new DeviceReading("gpu0", DeviceKind.Rocm, ByteSize.FromGibibytes(8), ByteSize.FromGibibytes(7)),
                new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(16), ByteSize.FromGibibytes(10))),
        };

        Assert.Equal(ExitCodes.Done, await cli.RunAsync("models", "fit", path, "--context", "2048"));

        VerifiedSnapshot.Match(cli.Out);
    }

    [Fact]
    public async Task File_that_is_no_model_is_an_error_that_names_what_is_wrong()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "evil.gguf");
        await File.WriteAllBytesAsync(path, RawGguf.Of(ulong.MaxValue).Bytes);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("models", "fit", path));

        Assert.Contains("evil.gguf: the number of metadata entries is 18446744073709551615 (or -1)", cli.Error);
    }

    [Fact]
    public async Task Show_tells_the_estimate_its_correction_and_what_it_was_learnt_from()
    {
        await using var server = (await FakeControlServer.StartAsync())
            .Gets(ControlRoutes.Models, [new ModelWire("qwen3-next:80b", "on_disk", 50 * Gibibyte, [], [])], ContractsJson.Default.IReadOnlyListModelWire)
            .Gets(ControlRoutes.FitModel, Fit, ContractsJson.Default.FitWire);
        var cli = new CliRun();

        Assert.Equal(ExitCodes.Done, await cli.RunAsync(server, "models", "show", "qwen3-next:80b"));

        Assert.Contains("x 1.03", cli.Out);
        Assert.Contains("measured (2 loads), context 65536, 1 in parallel, batch 1024", cli.Out);
    }
}
