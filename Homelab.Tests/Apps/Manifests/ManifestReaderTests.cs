using System.Security.Cryptography;
using System.Text;
using Homelab.Domain.Models;

namespace Homelab.Tests.Apps.Manifests;

public sealed class ManifestReaderTests
{
    private const string Signs = "\n\n  {}[]:,-&*!|>'\"%@`#?abcname0\0\t";

    private const string Whole = """
        name: stem-worker
        command: [ ./stem-worker, --port, "{port}", --models, "{files}" ]
        working_dir: ~/stem
        env: { LOG_LEVEL: info, N: 5, KEY: "${env:TOKEN}", LATER: "${file:/nowhere/at/all}" }
        port: auto
        health: /healthz
        start_timeout: 90s
        idle_timeout: 0
        memory: { vram: 4GiB, ram: 512MiB }
        models: [ stem-4, Other:Tag ]
        files:
          - { url: https://example.org/stem-4.onnx?a=b, path: stem-4.onnx, sha256: 00112233445566778899AABBccddeeff00112233445566778899aabbccddeeff, size: 120MiB }
          - { url: "http://nas.local/x", path: a/b.bin, insecure: true, size: 17 }
        """;

    [Fact]
    public void Manifest_with_every_key_is_read_as_written()
    {
        var app = ManifestText.Valid(Whole, "/home/me/.homelab/apps/stem-worker.yaml");

        Assert.Equal("stem-worker", app.Name);
        Assert.Equal<string>(["./stem-worker", "--port", "{port}", "--models", "{files}"], app.Command);
        Assert.Equal(Path.GetFullPath("/home/me/stem"), app.WorkingDirectory);
        Assert.Equal(["KEY=${env:TOKEN}", "LATER=${file:/nowhere/at/all}", "LOG_LEVEL=info", "N=5"], app.Environment.Select(e => $"{e.Key}={e.Value}"));
        Assert.Null(app.Port);
        Assert.Equal("/healthz", app.Health);
        Assert.Equal((TimeSpan.FromSeconds(90), TimeSpan.Zero), (app.StartTimeout, app.IdleTimeout));
        Assert.Equal((ByteSize.FromGibibytes(4), ByteSize.FromMebibytes(512)), (app.Vram, app.Ram));
        Assert.Equal<string>(["stem-4", "Other:Tag"], app.Models);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Whole))), app.Hash);
        Assert.Equal("/home/me/.homelab/apps/stem-worker.yaml", app.Path);
        Assert.Equal(2, app.Files.Length);
        Assert.Equal(("https://example.org/stem-4.onnx?a=b", "stem-4.onnx", ManifestText.Sum, false), (app.Files[0].Url.AbsoluteUri, app.Files[0].Path, app.Files[0].Sha256, app.Files[0].Insecure));
        Assert.True(app.Files[0].Size!.Value.Allows(120 << 20));
        Assert.Equal(("http", "a/b.bin", null, true), (app.Files[1].Url.Scheme, app.Files[1].Path, app.Files[1].Sha256, app.Files[1].Insecure));
        Assert.Equal((17L, 17L), (app.Files[1].Size!.Value.Lowest, app.Files[1].Size!.Value.Highest));
    }

    [Fact]
    public void Smallest_manifest_has_the_defaults()
    {
        var app = ManifestText.With("");

        Assert.Null(app.WorkingDirectory);
        Assert.Null(app.Port);
        Assert.Null(app.Health);
        Assert.Equal((TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(10)), (app.StartTimeout, app.IdleTimeout));
        Assert.Equal((ByteSize.Zero, ByteSize.Zero), (app.Vram, app.Ram));
        Assert.True(app.Environment.IsEmpty && app.Models.IsEmpty && app.Files.IsEmpty);
    }

    [Theory]
    [InlineData("port: 8080\n", 8080)]
    [InlineData("port: \"65535\"\n", 65535)]
    public void Port_that_is_a_number_is_that_port(string text, int port) => Assert.Equal(port, ManifestText.With(text).Port);

    [Theory]
    [InlineData("working_dir: run\n", "/home/me/.homelab/apps/run")]
    [InlineData("working_dir: /srv/x\n", "/srv/x")]
    [InlineData("working_dir: \"~\"\n", "/home/me")]
    public void Working_folder_becomes_a_whole_path(string text, string expected) =>
        Assert.Equal(Path.GetFullPath(expected), ManifestText.With(text).WorkingDirectory);

    [Theory]
    [InlineData("\ufeffname: x\ncommand: [ a ]\n")]
    [InlineData("name: x\r\ncommand:\r\n  - a\r\n")]
    [InlineData("---\nname: x\ncommand: [ a ]\n...\n")]
    [InlineData("# a comment\nname: 'x'\ncommand:\n- \"a\"\nenv:\nmodels:\nfiles:\nmemory:\nhealth:\n")]
    public void Forms_that_mean_the_same_are_read(string text) => Assert.Equal<string>(["a"], ManifestText.Valid(text).Command);

    [Fact]
    public void Change_of_one_byte_changes_the_hash() => Assert.NotEqual(ManifestText.With("").Hash, ManifestText.With("#").Hash);

    [Fact]
    public void File_that_is_no_text_is_refused_with_its_place()
    {
        var reading = Homelab.Apps.Manifests.ManifestReader.ReadBytes([.. "name: x\nco"u8, 0xff, 0xfe, 0x00], ManifestText.Path, new Dictionary<string, string>());

        Assert.Equal($"{ManifestText.Path}:2:3: is not UTF-8 text", Assert.Single(reading.Problems).ToString());
        Assert.True(reading.MayBeHalfWritten);
    }

    [Fact]
    public void Random_bytes_are_refused_and_never_throw()
    {
        var random = new Random(17);
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            var printable = bytes.Select(b => (byte)Signs[b % Signs.Length]).ToArray();
            foreach (var content in new[] { bytes, printable, [.. "name: x\ncommand: [ a ]\n"u8, .. printable] })
            {
                var reading = Homelab.Apps.Manifests.ManifestReader.ReadBytes(content, ManifestText.Path, new Dictionary<string, string>());
                Assert.True(reading.Manifest is null == !reading.Problems.IsEmpty);
            }
        }
    }

    [Fact]
    public void Every_beginning_of_a_manifest_is_read_without_an_exception_and_what_is_refused_may_be_half_written()
    {
        for (var i = 0; i < Whole.Length; i++)
        {
            var reading = ManifestText.Read(Whole[..i], "/home/me/.homelab/apps/stem-worker.yaml");
            Assert.NotEqual(reading.Manifest is null, reading.Problems.IsEmpty);
            Assert.Equal(reading.Manifest is null, reading.MayBeHalfWritten);
        }
    }
}
