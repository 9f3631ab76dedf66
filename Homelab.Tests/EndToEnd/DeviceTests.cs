using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Homelab.Hardware.Nvml;
using Homelab.Tests.EndToEnd.Engines;
using Homelab.Tests.Hardware.Nvml;

namespace Homelab.Tests.EndToEnd;

/// <summary>GPUs seen by the published executable, through a library that answers as NVIDIA's does.</summary>
[Collection(EndToEndGroup.Name)]
public sealed class DeviceTests
{
    [CompilerFact]
    public async Task Devices_of_a_machine_are_shown_without_a_daemon()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20).Gpu("GPU-bbbb", 8, 0, error: 15).Apply();
        using var home = new HomelabHome("");
        var table = await HomelabCommand.RunAsync(home, Environment(fake), "devices");
        Assert.True(table.ExitCode == 0, $"{table}");
        Assert.All((string[])["gpu0", "cuda", "24 GiB", "NVIDIA_GeForce_RTX_3090, 37 % busy, 61 °C, 121 W", "gpu1", "GPU is lost", "ram"], word => Assert.Contains(word, table.Output, StringComparison.Ordinal));

        var json = await HomelabCommand.RunAsync(home, Environment(fake), "devices", "--output", "json");
        var devices = JsonDocument.Parse(json.Output).RootElement.EnumerateArray().ToList();
        Assert.Equal(["gpu0", "gpu1", "ram"], devices.Select(d => d.GetProperty("name").GetString()));
        Assert.Equal((24L << 30, 20L << 30, "GPU-aaaa", 0.37), (devices[0].GetProperty("total_bytes").GetInt64(), devices[0].GetProperty("free_bytes").GetInt64(), devices[0].GetProperty("uuid").GetString(), devices[0].GetProperty("utilization").GetDouble()));
    }

    [CompilerFact]
    public async Task Idle_model_makes_way_when_another_program_takes_the_gpus_memory()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 24).Apply();
        await using var engine = await FakeTestEngine.StartAsync();
        await using var daemon = await HomelabProcess.StartAsync(
            $$"""
            daemon:
              memory: { min_residency: 0 }
              engines: { ollama: { url: "{{engine.Address}}", manage: never } }
            """,
            Environment(fake));
        using (var answer = await daemon.PostAsync("v1/chat/completions", EngineAndDaemon.Chat(EngineAndDaemon.First)))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var held = await DeviceAsync(daemon, "used_by_models_bytes");
        Assert.True(held > 0);
        Assert.Equal(0, await DeviceAsync(daemon, "used_by_others_bytes"));

        // A game takes all but a gibibyte, the model's own part included in what is not free.
        fake.Clear().Gpu("GPU-aaaa", 24, 0.25).Apply();
        await Eventually.BecomesAsync("the loaded models", "none", async () => string.Join(", ", await daemon.HotAsync()), hot => hot.Length == 0);
        Assert.Contains("memory.pressure", (await daemon.CommandAsync("events", "--output", "json")).Output, StringComparison.Ordinal);
    }

    [CompilerFact]
    public async Task Programs_that_hold_a_gpus_memory_are_told_by_the_daemon_and_counted_as_others()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 20).Gpu("GPU-bbbb", 8, 8).Holder("GPU-aaaa", System.Environment.ProcessId, 4UL << 30).Apply();
        await using var engine = await FakeTestEngine.StartAsync();
        await using var daemon = await HomelabProcess.StartAsync($$"""daemon: { engines: { ollama: { url: "{{engine.Address}}", manage: never } } }""", Environment(fake));

        var program = Assert.Single((await FindAsync(daemon)).GetProperty("programs").EnumerateArray());
        Assert.Equal((System.Environment.ProcessId, 4L << 30), (program.GetProperty("pid").GetInt32(), program.GetProperty("used_bytes").GetInt64()));
        Assert.Contains(program.GetProperty("owner").GetString(), (string[])["other", "unknown"]);
        Assert.Equal(4L << 30, await DeviceAsync(daemon, "used_by_others_bytes"));

        var shown = await daemon.CommandAsync("devices");
        Assert.All((string[])["MODELS", "gpu0", "gpu1", "ram"], word => Assert.Contains(word, shown.Output, StringComparison.Ordinal));
    }

    [CompilerFact]
    public async Task Driver_that_hangs_holds_up_no_request()
    {
        using var fake = (await FakeNvml.MakeAsync()).Gpu("GPU-aaaa", 24, 24).Apply();
        await using var engine = await FakeTestEngine.StartAsync();
        await using var daemon = await HomelabProcess.StartAsync($$"""daemon: { engines: { ollama: { url: "{{engine.Address}}", manage: never } } }""", Environment(fake));
        fake.Hangs = true;
        fake.Apply();
        await Eventually.BecomesAsync("the problem of gpu0", "has not answered", async () => (await FindAsync(daemon)).TryGetProperty("problem", out var said) ? said.GetString()! : "", said => said.Contains("has not answered", StringComparison.Ordinal));

        using var answer = await daemon.PostAsync("v1/chat/completions", EngineAndDaemon.Chat(EngineAndDaemon.First));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("gpu0: the driver has not answered", daemon.Log, StringComparison.Ordinal);

        fake.Hangs = false;
        fake.Apply();
        await Eventually.BecomesAsync("the problem of gpu0", "none", async () => (await FindAsync(daemon)).TryGetProperty("problem", out var said) ? said.GetString()! : "", said => said.Length == 0);
        Assert.Contains("gpu0 can be read again", daemon.Log, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Environment(FakeNvml fake) => new() { [NvmlProbe.LibraryVariable] = fake.Path, ["CUDA_VISIBLE_DEVICES"] = null };

    private static async Task<JsonElement> FindAsync(HomelabProcess daemon) =>
        (await daemon.Http.GetFromJsonAsync<JsonElement>("homelab/v1/nodes"))[0].GetProperty("devices").EnumerateArray().First(d => d.GetProperty("name").GetString() == "gpu0");

    private static async Task<long> DeviceAsync(HomelabProcess daemon, string field) => (await FindAsync(daemon)).GetProperty(field).GetInt64();
}
