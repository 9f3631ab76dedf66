using Homelab.Apps.Manifests;

namespace Homelab.Tests.Apps.Manifests;

public sealed class AppCollisionsTests
{
    private static AppManifest App(string file, string rest = "") =>
        ManifestText.Valid($"name: {Path.GetFileNameWithoutExtension(file)}\ncommand: [ a ]\n{rest}", "/apps/" + file);

    [Fact]
    public void Manifests_that_want_different_things_do_not_collide() =>
        Assert.Empty(AppCollisions.Find([App("a.yaml", "port: 1\nmodels: [ m:1 ]\n"), App("b.yaml", "port: 2\nmodels: [ m:2 ]\n"), App("c.yaml"), App("d.yaml")]));

    [Fact]
    public void Later_file_that_wants_a_taken_model_stands_back_and_names_the_first()
    {
        var found = AppCollisions.Find([App("b.yaml", "models: [ n, M ]\n"), App("a.yaml", "models: [ m ]\n")]);

        var one = Assert.Single(found);
        Assert.Equal("/apps/b.yaml", one.Path);
        Assert.Equal("/apps/b.yaml: models: 'm:latest' is taken by a.yaml; the first by file name has it, so this manifest is not used", one.Problem);
    }

    [Fact]
    public void One_name_or_one_port_in_two_files_is_a_collision() => Assert.Equal(
        ["/apps/b.yaml: port: 80 is taken by a.yaml; the first by file name has it, so this manifest is not used",
         "/apps/c.yml: name: 'c' is taken by c.yaml; the first by file name has it, so this manifest is not used"],
        AppCollisions.Find([App("c.yml"), App("c.yaml"), App("b.yaml", "port: 80\n"), App("a.yaml", "port: 80\n")]).Select(c => c.Problem));

    [Fact]
    public void Names_that_differ_in_case_only_are_one_name() =>
        Assert.Equal("/apps/x.yaml", Assert.Single(AppCollisions.Find([App("x.yaml"), App("x.yaml") with { Name = "X", Path = "/apps/X.yaml" }])).Path);

    [Fact]
    public void File_that_stands_back_claims_nothing() =>
        Assert.Equal(["/apps/b.yaml"], AppCollisions.Find([App("a.yaml", "models: [ m ]\n"), App("b.yaml", "models: [ m, n ]\n"), App("c.yaml", "models: [ n ]\n")]).Select(c => c.Path));
}
