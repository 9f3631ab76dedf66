using Homelab.Apps.Manifests;

namespace Homelab.Tests.Apps.Manifests;

public sealed class AppTextTests
{
    private static readonly AppValues Values = new(4711, "/f/{name}", "x");

    [Theory]
    [InlineData("", "")]
    [InlineData("--port={port}", "--port=4711")]
    [InlineData("{files}/{name}.bin", "/f/{name}/x.bin")]
    [InlineData("{{port}}", "{port}")]
    [InlineData("{{{port}}}", "{4711}")]
    [InlineData("{{\"a\":{{}}}}", "{\"a\":{}}")]
    [InlineData("$HOME $ $$ $(x) `x` ; | >", "$HOME $ $$ $(x) `x` ; | >")]
    [InlineData("${{HOME}}", "${HOME}")]
    public void Placeholders_are_filled_once_and_double_braces_are_braces(string text, string expected) => Assert.Equal(expected, AppText.Fill(text, Values));

    [Fact]
    public void Text_that_the_check_refuses_is_not_filled() => Assert.Throws<FormatException>(() => AppText.Fill("{x}", Values));

    [Fact]
    public void Variables_get_placeholders_and_references_but_what_these_hold_is_not_read_again()
    {
        using var folder = new Homelab.Tests.Processes.TemporaryFolder();
        File.WriteAllText(folder.At("secret"), "s3{port}cr${env:TOKEN}et\n");
        var app = ManifestText.Valid("name: x\ncommand: [ a ]\nenv: { A: \"{port}-${env:TOKEN}\", B: \"${file:secret}\", C: \"$${env:TOKEN} {{x}}\" }\n", folder.At("x.yaml"));

        var variables = AppEnvironment.Resolve(app, Values, new Dictionary<string, string> { ["TOKEN"] = "{files}" }, out var problem);

        Assert.Null(problem);
        Assert.Equal(["A=4711-{files}", "B=s3{port}cr${env:TOKEN}et", "C=${env:TOKEN} {x}"], variables!.Select(v => $"{v.Key}={v.Value}"));
    }

    [Fact]
    public void Variable_whose_file_is_not_there_is_a_problem_at_the_start()
    {
        var app = ManifestText.With("env: { A: \"${file:/not/there}\" }\n");

        Assert.Null(AppEnvironment.Resolve(app, Values, new Dictionary<string, string>(), out var problem));
        Assert.Equal("env.A refers to the file '/not/there', which does not exist", problem);
    }
}
