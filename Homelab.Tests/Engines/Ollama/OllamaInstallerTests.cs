using System.Diagnostics.CodeAnalysis;
using Homelab.Configuration;
using Homelab.Engines.Ollama;
using Homelab.Tests.Processes;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Engines.Ollama;

/// <summary>Installing from a server on loopback: cut transfers, wrong sums, a crash in between.</summary>
[SuppressMessage("Interoperability", "CA1416", Justification = "modes are read on Linux only")]
public sealed class OllamaInstallerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<InstallProgress> _progress = [];

    private string Current => _folder.At("engines", "ollama");

    private string[] Downloads => [.. Directory.GetFiles(_folder.At("engines", "downloads")).Select(Path.GetFileName).Where(name => name != "lock").OfType<string>()];

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public async Task Latest_release_is_downloaded_checked_unpacked_and_ready_to_run()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        var executable = await server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default);

        Assert.Equal(Path.Combine(Current, "bin", "ollama"), executable);
        Assert.Equal(executable, new OllamaFolder(new HomelabFolder(_folder.Path)).FindExecutable());
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(executable));
        Assert.Equal("libggml-base.so.0.0.0", new FileInfo(Path.Combine(Current, "lib", "ollama", "libggml-base.so.0")).LinkTarget);
        Assert.Contains(_progress, step => step.Total == server.Archive.Length && step.Bytes == step.Total && step.Step.StartsWith("downloading", StringComparison.Ordinal));
        Assert.Empty(Downloads);
        Assert.False(Directory.Exists(_folder.At("engines", "ollama.unpacking")));
    }

    [UnixFact]
    public async Task Older_release_with_a_gzip_archive_is_installed_too()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Gzip(TestArchive.Release("0.12.0")));
        server.Asset = server.Asset.Replace(".tar.zst", ".tgz", StringComparison.Ordinal);
        server.On($"GET /releases/download/v{server.Version}/{server.Asset}", async context => await context.Response.Body.WriteAsync(server.Archive));
        Assert.True(File.Exists(await server.Installer(_folder.Path).InstallAsync("v0.32.15", _progress.Add, default)));
    }

    [UnixFact]
    public async Task Transfer_that_is_cut_goes_on_where_it_was()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        server.Cuts.Enqueue(100);
        server.Cuts.Enqueue(50);
        await server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default);
        Assert.Equal(["", "bytes=100-", "bytes=150-"], server.Ranges);
        Assert.True(File.Exists(Path.Combine(Current, "bin", "ollama")));
    }

    [UnixFact]
    public async Task Transfer_that_is_cut_for_good_is_given_up_and_goes_on_at_the_next_try()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        foreach (var cut in new[] { 100, 0, 0, 0, 0, 0 })
        {
            server.Cuts.Enqueue(cut);
        }

        var failure = await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default));
        Assert.Contains("from byte 100", failure.Message, StringComparison.Ordinal);
        server.Cuts.Clear();
        server.Ranges.Clear();
        await server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default);
        Assert.Equal(["bytes=100-"], server.Ranges);
    }

    [UnixFact]
    public async Task Transfer_of_a_file_that_changed_meanwhile_begins_anew()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        server.Cuts.Enqueue(100);
        var installer = server.Installer(_folder.Path);
        var changed = TestArchive.Zstd(TestArchive.Release("0.32.16"));
        await installer.InstallAsync(null, step => Change(step), default);
        Assert.Contains("0.32.16", await File.ReadAllTextAsync(Path.Combine(Current, "bin", "ollama")), StringComparison.Ordinal);

        // The release's sum was read before: only one that fits the new file lets it pass.
        void Change(InstallProgress step)
        {
            if (step.Step.StartsWith("looking", StringComparison.Ordinal))
            {
                server.Sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(changed));
            }
            else if (step.Step.EndsWith("trying again", StringComparison.Ordinal))
            {
                (server.Archive, server.Tag) = (changed, "\"two\"");
            }
        }
    }

    [UnixFact]
    public async Task Server_without_entity_tags_is_served_anew_each_time()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        server.Tag = null;
        server.Cuts.Enqueue(100);
        await server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default);
        Assert.Equal(["", ""], server.Ranges);
    }

    [UnixFact]
    public async Task Archive_that_is_there_whole_is_not_downloaded_again()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        Directory.CreateDirectory(_folder.At("engines", "downloads"));
        var path = _folder.At("engines", "downloads", $"{server.Version}-{server.Asset}");
        await File.WriteAllBytesAsync(path, server.Archive);
        await File.WriteAllTextAsync(path + ".etag", server.Tag);
        await server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default);
        Assert.DoesNotContain(_progress, step => step.Step.StartsWith("downloading", StringComparison.Ordinal));
    }

    [UnixFact]
    public async Task Archive_with_a_wrong_sum_is_deleted_and_what_was_installed_stays()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        server.Sum = new string('a', 64);
        Directory.CreateDirectory(Path.Combine(Current, "bin"));
        await File.WriteAllTextAsync(Path.Combine(Current, "bin", "ollama"), "old");
        var failure = await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default));
        Assert.Contains("sha256", failure.Message, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(Path.Combine(Current, "bin", "ollama")));
        Assert.Empty(Downloads);
    }

    [UnixFact]
    public async Task Archive_that_is_broken_inside_installs_nothing()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release())[..^20]);
        await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default));
        Assert.False(Directory.Exists(Current));
    }

    [UnixFact]
    public async Task Archive_without_the_executable_installs_nothing()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Tar(TestArchive.File("bin/ollama"))));
        var failure = await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default));
        Assert.Contains("no executable", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Current));
    }

    [UnixFact]
    public async Task Newer_release_takes_the_place_of_the_older_whole()
    {
        Directory.CreateDirectory(Path.Combine(Current, "lib"));
        await File.WriteAllTextAsync(Path.Combine(Current, "lib", "stale.so"), "old");
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        await server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default);
        Assert.False(File.Exists(Path.Combine(Current, "lib", "stale.so")));
        Assert.False(Directory.Exists(_folder.At("engines", "ollama.former")));
    }

    [UnixFact]
    public async Task Crash_between_the_two_renames_is_mended_by_the_next_try_even_if_that_fails()
    {
        Directory.CreateDirectory(_folder.At("engines", "ollama.former", "bin"));
        await using var server = await ReleaseServer.StartAsync([]);
        server.Sum = new string('a', 64);
        await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default));
        Assert.True(Directory.Exists(Path.Combine(Current, "bin")));
    }

    [UnixFact]
    public async Task Disk_that_takes_nothing_is_said_to_be_the_trouble()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        Directory.CreateDirectory(_folder.At("engines", "downloads", $"{server.Version}-{server.Asset}"));
        var failure = await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default));
        Assert.Contains("disk", failure.Message, StringComparison.Ordinal);
        Assert.Single(server.Ranges);
    }

    [UnixFact]
    public async Task Second_installation_at_the_same_time_is_refused()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        Directory.CreateDirectory(_folder.At("engines", "downloads"));
        await using var turn = new FileStream(_folder.At("engines", "downloads", "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        var failure = await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync(null, _progress.Add, default));
        Assert.Contains("under way", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://releases.example/")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("file:///etc/passwd")]
    public async Task Address_that_is_not_https_is_refused_before_anything_is_sent(string address)
    {
        var installer = new OllamaInstaller(new Uri(address), new OllamaFolder(new HomelabFolder(_folder.Path)), new HastyTime());
        var failure = await Assert.ThrowsAsync<InstallException>(() => installer.InstallAsync("0.32.15", _progress.Add, default));
        Assert.Contains("https", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://releases.example/archive", "https")]
    [InlineData("/loop", "without end")]
    public async Task Redirect_that_leads_astray_is_not_followed(string target, string words)
    {
        await using var server = await ReleaseServer.StartAsync([]);
        server.On("GET /releases/download/v1.2.3/sha256sum.txt", context => Redirect(context, target)).On("GET /loop", context => Redirect(context, "/loop"));
        var failure = await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync("1.2.3", _progress.Add, default));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);

        static Task Redirect(HttpContext context, string target)
        {
            context.Response.Redirect(target);
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("latest/../x")]
    [InlineData("1.2.3;rm")]
    [InlineData("")]
    public async Task Version_that_is_none_is_refused(string version)
    {
        await using var server = await ReleaseServer.StartAsync([]);
        await Assert.ThrowsAsync<InstallException>(() => server.Installer(_folder.Path).InstallAsync(version, _progress.Add, default));
    }

    [Fact]
    public void Checksums_are_read_as_sha256sum_writes_them_and_the_preferred_archive_is_taken()
    {
        var (one, two) = (new string('A', 64), new string('b', 64));
        var release = OllamaRelease.FromChecksums("1.2.3", $"{two}  ./ollama-linux-amd64.tgz\r\n{one} *ollama-linux-amd64.tar.zst\nnoise\n", ["ollama-linux-amd64.tar.zst", "ollama-linux-amd64.tgz"]);
        Assert.Equal(new OllamaRelease("1.2.3", "ollama-linux-amd64.tar.zst", new string('a', 64)), release);
        Assert.Throws<InstallException>(() => OllamaRelease.FromChecksums("1.2.3", "", ["x"]));
    }

    [UnixFact]
    public async Task Install_setting_decides_whether_it_is_offered()
    {
        await using var server = await ReleaseServer.StartAsync(TestArchive.Zstd(TestArchive.Release()));
        var installer = server.Installer(_folder.Path);
        var asked = 0;

        var (executable, message) = await installer.OfferAsync(InstallMode.Never, Ask(true), _progress.Add, default);
        Assert.Null(executable);
        Assert.Contains(OllamaAdvice.HowToGet, message, StringComparison.Ordinal);
        Assert.Equal(0, asked);

        Assert.Null((await installer.OfferAsync(InstallMode.Ask, null, _progress.Add, default)).Executable);
        Assert.Null((await installer.OfferAsync(InstallMode.Ask, Ask(false), _progress.Add, default)).Executable);
        Assert.Equal(1, asked);
        Assert.False(Directory.Exists(Current));
        Assert.NotNull((await installer.OfferAsync(InstallMode.Ask, Ask(true), _progress.Add, default)).Executable);
        Assert.NotNull((await installer.OfferAsync(InstallMode.Auto, null, _progress.Add, default)).Executable);

        Func<string, CancellationToken, Task<bool>> Ask(bool answer) => (question, _) =>
        {
            asked++;
            Assert.Contains(Current, question, StringComparison.Ordinal);
            return Task.FromResult(answer);
        };
    }
}
