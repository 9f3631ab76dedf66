using Homelab.Apps.Catalog;
using Homelab.Configuration;
using Homelab.Tests.Apps.Manifests;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Apps.Catalog;

public sealed class AppCheckTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public AppCheckTests()
    {
        foreach (var folder in (string[])["apps", "bin", "work"])
        {
            Directory.CreateDirectory(_home.At(folder));
            ManifestFolder.Own(_home.At(folder), folder: true);
        }
    }

    [UnixFact]
    public void App_that_has_everything_is_ok_and_says_what_it_has()
    {
        _home.Script("bin/serve", "exit 0");
        Directory.CreateDirectory(_home.At("files", "x", "sub"));
        File.WriteAllBytes(_home.At("files", "x", "sub", "a.bin"), new byte[2048]);

        var report = Examine("command: [ serve ]\nworking_dir: ../work\nfiles:\n- { url: https://h/a?token=hunter2, path: sub/a.bin, sha256: SUM, size: 2048 }\n- { url: https://h/b, path: b, sha256: SUM, size: 3MiB }\n");

        Assert.Equal(
            [$"program: {_home.At("bin", "serve")}", "file: b is missing and is fetched at the first start", "files: 1 of 2 present (2 KiB); 1 missing (about 3.5 MiB)", "x: ok"],
            report.Lines);
        Assert.True(report.IsFine);
    }

    [UnixFact]
    public void Program_is_looked_for_as_the_start_will_and_each_failure_has_its_words()
    {
        _home.Script("work/run", "exit 0");
        File.WriteAllText(_home.At("work", "plain"), "");
        Directory.CreateDirectory(_home.At("work", "folder"));
        ManifestFolder.Own(_home.At("work", "plain"), folder: false);

        Assert.True(Examine("command: [ ./run ]\nworking_dir: ../work\n").IsFine);
        Assert.True(Examine($"command: [ {_home.At("work", "run")} ]\n").IsFine);
        Assert.Equal($"command: 'run' is not on PATH, which alone is searched for bare names; write ./run for the one in {_home.At("work")}", Problem("command: [ run ]\nworking_dir: ../work\n"));
        Assert.Equal($"command: 'nowhere' is not on PATH; searched: {_home.At("bin")}", Problem("command: [ nowhere ]\n"));
        Assert.Equal($"command: './plain' is not executable; run: chmod u+x {_home.At("work", "plain")}", Problem("command: [ ./plain ]\nworking_dir: ../work\n"));
        Assert.Equal($"command: './folder' is a folder: {_home.At("work", "folder")}", Problem("command: [ ./folder ]\nworking_dir: ../work\n"));
        Assert.Equal($"command: '{_home.At("files", "x")}/serve' does not exist: {_home.At("files", "x", "serve")}", Problem("command: [ \"{files}/serve\" ]\n"));
    }

    [UnixFact]
    public void Missing_folder_secret_and_what_another_has_are_problems()
    {
        _home.Script("bin/serve", "exit 0");
        Write("a.yaml", "name: a\ncommand: [ serve ]\nmodels: [ m ]\n");

        var report = Examine("command: [ serve ]\nworking_dir: none\nmodels: [ m ]\nenv: { K: \"${file:key}\" }\n");

        Assert.Equal(
            ["models: 'm:latest' is taken by a.yaml; the first by file name has it, so this manifest is not used", $"working_dir: does not exist: {_home.At("apps", "none")}", "env.K refers to the file 'key', which does not exist"],
            report.Problems.Select(p => p[(_home.At("apps", "x.yaml").Length + 2)..]));
        Assert.Equal("x: 3 problems", report.Lines.Last());
    }

    [Fact]
    public void Wrong_manifest_is_told_with_its_places()
    {
        var report = Examine("command: serve\nport: 0\n");

        Assert.Equal([$"{_home.At("apps", "x.yaml")}:2:10: command", $"{_home.At("apps", "x.yaml")}:3:7: port"], report.Problems.Select(p => p[..p.IndexOf(": ", p.IndexOf(": ", StringComparison.Ordinal) + 2, StringComparison.Ordinal)]));
        Assert.Equal("x: 2 problems", report.Lines.Last());
    }

    [Fact]
    public void File_that_would_never_be_looked_at_is_told_so()
    {
        Write("x.yaml.bak", "name: x.yaml\ncommand: [ a ]\n");

        Assert.Contains(Check(_home.At("apps", "x.yaml.bak")).Problems, p => p.EndsWith("is not looked at: a manifest's name ends with .yaml and does not start with a dot", StringComparison.Ordinal));
        Assert.False(Check(_home.At("apps", "none.yaml")).IsFine);
    }

    public void Dispose() => _home.Dispose();

    private string Problem(string rest) => Assert.Single(Examine(rest).Problems)[(_home.At("apps", "x.yaml").Length + 2)..];

    private AppCheckReport Examine(string rest)
    {
        Write("x.yaml", "name: x\n" + rest.Replace("SUM", ManifestText.Sum, StringComparison.Ordinal));
        return Check(_home.At("apps", "x.yaml"));
    }

    private AppCheckReport Check(string path) => AppCheck.Examine(path, new HomelabFolder(_home.Path), new Dictionary<string, string> { ["PATH"] = _home.At("bin") });

    private void Write(string file, string text)
    {
        File.WriteAllText(_home.At("apps", file), text);
        ManifestFolder.Own(_home.At("apps", file), folder: false);
    }
}
