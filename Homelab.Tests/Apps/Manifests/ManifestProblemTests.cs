namespace Homelab.Tests.Apps.Manifests;

/// <summary>Each kind of mistake in a manifest gets its own words and its exact place.</summary>
public sealed class ManifestProblemTests
{
    [Theory]
    [InlineData("", "1:1: is empty; a manifest has at least a name and a command")]
    [InlineData("  \n# nothing\n\n", "1:1: name: is missing; every file needs it|1:1: command: is missing; every file needs it")]
    [InlineData("hello\n", "1:1: must be a mapping of keys to values, not one value")]
    [InlineData("[ name, x ]\n", "1:1: must be a mapping of keys to values, not a list")]
    [InlineData("name: x\n", "1:1: command: is missing; every file needs it")]
    [InlineData("command: [ a ]\n", "1:1: name: is missing; every file needs it")]
    [InlineData("name: x\nname: y\ncommand: [ a ]\n", "2:1: has the key 'name' twice; the first is on line 1")]
    [InlineData("name: &x x\ncommand: [ *x ]\n", "1:7: uses an anchor (&name); write the value out")]
    [InlineData("name: x\ncommand: [ a ]\n---\nname: y\n", "3:1: holds a second document; one file is one configuration, so remove the '---'")]
    public void Shape_of_the_file_is_held(string text, string expected) => Assert.Equal(expected.Split('|'), ManifestText.Problems(text));

    [Theory]
    // Names.
    [InlineData("name: y\ncommand: [ a ]\n", "1:7: name: 'y' is not what the file is called, 'x.yaml'; the two must agree")]
    [InlineData("name: X\ncommand: [ a ]\n", "1:7: name: 'X' is not an app's name; use up to 63 small letters, digits, dots, dashes and underscores, and start with a letter or digit")]
    [InlineData("name: ../x\ncommand: [ a ]\n", "1:7: name: '../x' is not an app's name; use up to 63 small letters, digits, dots, dashes and underscores, and start with a letter or digit")]
    [InlineData("name: a..b\ncommand: [ a ]\n", "1:7: name: 'a..b' is not an app's name; dots must stand alone and not at the end")]
    [InlineData("name: com1.x\ncommand: [ a ]\n", "1:7: name: 'com1.x' is the name of a device on Windows; choose another")]
    [InlineData("name: [ x ]\ncommand: [ a ]\n", "1:7: name: must be a text, not a list")]
    // Commands.
    [InlineData("name: x\ncommand: python3 serve.py --port {port}\n", "2:10: command: must be an argument list, never a shell line; write command: [ python3, serve.py, --port, \"{port}\" ]")]
    [InlineData("name: x\ncommand: a b c d e f g h i\n", "2:10: command: must be an argument list, never a shell line; write command: [ a, b, c, d, e, f, g, h, ... ]")]
    [InlineData("name: x\ncommand: []\n", "2:10: command: is empty; write the program and its arguments: [ ./program, --port, \"{port}\" ]")]
    [InlineData("name: x\ncommand: [ \"\", b ]\n", "2:10: command: is empty; write the program and its arguments: [ ./program, --port, \"{port}\" ]")]
    [InlineData("name: x\ncommand:\n", "1:1: command: is missing; every file needs it")]
    [InlineData("name: x\ncommand: { a: b }\n", "2:10: command: must be a list, written [ one, another ], not a mapping")]
    [InlineData("name: x\ncommand: [ a, --port, {port} ]\n", "2:23: command[2]: is a mapping to YAML; put the braces in quotes: \"{port}\"")]
    [InlineData("name: x\ncommand: [ a, \"{prot}\" ]\n", "2:15: command[1]: '{prot}' holds the unknown placeholder '{prot}'; did you mean '{port}'? Known: {port}, {files}, {name}; write {{ and }} for the braces themselves")]
    [InlineData("name: x\ncommand: [ a, \"{gpu}\" ]\n", "2:15: command[1]: '{gpu}' holds the unknown placeholder '{gpu}'; known: {port}, {files}, {name}; write {{ and }} for the braces themselves")]
    [InlineData("name: x\ncommand: [ a, '{\"k\":1}' ]\n", "2:15: command[1]: '{\"k\":1}' holds a '{' that belongs to no placeholder; write {{ and }} for the braces themselves")]
    [InlineData("name: x\ncommand: [ a, 'b}' ]\n", "2:15: command[1]: 'b}' holds a '}' that belongs to no placeholder; write {{ and }} for the braces themselves")]
    [InlineData("name: x\ncommand: [ a, \"${env:TOKEN}\" ]\n", "2:15: command[1]: '${env:TOKEN}' holds a reference, and every user of the machine can see a program's arguments; give the secret in env")]
    [InlineData("name: x\ncommand: [ \"a\\0b\" ]\n", "2:12: command[0]: 'a?b' holds a NUL")]
    public void Name_and_command_are_held(string text, string expected) => Assert.Equal([expected], ManifestText.Problems(text));

    [Theory]
    [InlineData("colour: red\n", "3:1: colour: is not a known key; known here: name, command, working_dir, env, port, health, start_timeout, idle_timeout, memory, models, files")]
    [InlineData("idle-timeout: 5m\n", "3:1: idle-timeout: is not a known key; did you mean 'idle_timeout'?")]
    [InlineData("vram: 4GiB\n", "3:1: vram: is not a known key; did you mean 'memory.vram'?")]
    [InlineData("port: 0\n", "3:7: port: '0' is not a port; write a number from 1 to 65535, or auto")]
    [InlineData("port: 65536\n", "3:7: port: '65536' is not a port; write a number from 1 to 65535, or auto")]
    [InlineData("port: Auto\n", "3:7: port: 'Auto' is not a port; write a number from 1 to 65535, or auto")]
    [InlineData("health: healthz\n", "3:9: health: 'healthz' is not a path of the app; start it with /")]
    [InlineData("health: //evil/x\n", "3:9: health: '//evil/x' is not a path of the app; start it with one /")]
    [InlineData("health: \"/{port}\"\n", "3:9: health: '/{port}' holds a character that cannot stand in a path, or is too long")]
    [InlineData("start_timeout: 0\n", "3:16: start_timeout: '0' is out of range; it must be from 1s to 1d")]
    [InlineData("start_timeout: -5s\n", "3:16: start_timeout: '-5s' is not a duration; write for example 90s, 15m or 1h30m")]
    [InlineData("idle_timeout: 10\n", "3:15: idle_timeout: '10' has no unit; write for example 90s, 15m or 1h30m")]
    [InlineData("memory: { vram: -1GiB }\n", "3:17: memory.vram: '-1GiB' is not a size; write for example 512MiB, 24GiB or 8GB")]
    [InlineData("memory: { gpu: 1GiB }\n", "3:11: memory.gpu: is not a known key; known here: vram, ram")]
    [InlineData("memory: 4GiB\n", "3:9: memory: must be a mapping of keys to values, not one value")]
    [InlineData("models: [ \"a b\" ]\n", "3:11: models[0]: 'a b' is not a model name; write it as Ollama does, for example qwen3:8b")]
    [InlineData("models: [ a, b, A:latest ]\n", "3:17: models[2]: names a:latest a second time")]
    [InlineData("models: a\n", "3:9: models: must be a list, written [ one, another ], not one value")]
    [InlineData("working_dir: \"\"\n", "3:14: working_dir: '' is empty")]
    [InlineData("env: [ A ]\n", "3:6: env: must be a mapping of names to texts, not a list")]
    [InlineData("env: { A: }\n", "3:8: env.A: has no value; write a text or remove the key")]
    [InlineData("env: { \"A B\": c }\n", "3:8: env.A B: is not a variable's name; use letters, digits and underscores, and do not start with a digit")]
    [InlineData("env: { HOMELAB_OWNER: c }\n", "3:8: env.HOMELAB_OWNER: is homelab's own; variables that start with HOMELAB_ cannot be set")]
    [InlineData("env: { A: \"${env:NOT_SET}\" }\n", "3:11: env.A: refers to the environment variable 'NOT_SET', which is not set")]
    [InlineData("env: { A: \"${vault:x}\" }\n", "3:11: env.A: the value holds a reference that is neither ${env:NAME} nor ${file:PATH}; write $${ for the characters themselves")]
    [InlineData("env: { A: \"${env:X\" }\n", "3:11: env.A: the value holds '${' without '}'; write $${ for the characters themselves")]
    public void Values_are_held(string rest, string expected) => Assert.Equal([expected], ManifestText.Problems("name: x\ncommand: [ a ]\n" + rest));

    [Theory]
    [InlineData("url: http://h/x, path: a, sha256: SUM", "files[0].url: must start with https://; anybody between could change what http brings (insecure: true allows it)")]
    [InlineData("url: https://h/x, path: a", "files[0].sha256: is missing; without it nobody can tell whether the file is the right one (insecure: true allows it)")]
    [InlineData("url: https://h/x, path: a, sha256: ", "files[0].sha256: is missing; without it nobody can tell whether the file is the right one (insecure: true allows it)")]
    [InlineData("url: https://h/x, path: a, sha256: abc", "files[0].sha256: 'abc' is not a SHA-256 sum; write its 64 hexadecimal digits")]
    [InlineData("url: file:///etc/passwd, path: a, insecure: true", "files[0].url: the value is not an address that is fetched from; write https://host/path")]
    [InlineData("url: /etc/passwd, path: a, insecure: true", "files[0].url: the value is not an address; write https://host/path")]
    [InlineData("url: ftp://h/x, path: a, insecure: true", "files[0].url: the value is not an address that is fetched from; write https://host/path")]
    [InlineData("url: https://me:pw@h/x, path: a, sha256: SUM", "files[0].url: the value must not hold a user name or password")]
    [InlineData("url: https://h/x, sha256: SUM", "files[0].path: is missing; every entry needs it")]
    [InlineData("path: a, sha256: SUM", "files[0].url: is missing; every entry needs it")]
    [InlineData("url: https://h/x, path: ../a, sha256: SUM", "files[0].path: '../a' leaves the app's files or has an empty part; write it without .., . and //")]
    [InlineData("url: https://h/x, path: /a, sha256: SUM", "files[0].path: '/a' is not a path below the app's files; write it relative, with / between parts and without \\ and :")]
    [InlineData("url: https://h/x, path: 'C:a', sha256: SUM", "files[0].path: 'C:a' is not a path below the app's files; write it relative, with / between parts and without \\ and :")]
    [InlineData("url: https://h/x, path: 'a\\b', sha256: SUM", "files[0].path: 'a\\b' is not a path below the app's files; write it relative, with / between parts and without \\ and :")]
    [InlineData("url: https://h/x, path: a//b, sha256: SUM", "files[0].path: 'a//b' leaves the app's files or has an empty part; write it without .., . and //")]
    [InlineData("url: https://h/x, path: a/, sha256: SUM", "files[0].path: 'a/' leaves the app's files or has an empty part; write it without .., . and //")]
    [InlineData("url: https://h/x, path: ./a, sha256: SUM", "files[0].path: './a' leaves the app's files or has an empty part; write it without .., . and //")]
    [InlineData("url: https://h/x, path: a/nul.txt, sha256: SUM", "files[0].path: 'a/nul.txt' has a part that is the name of a device on Windows")]
    [InlineData("url: https://h/x, path: 'a./b', sha256: SUM", "files[0].path: 'a./b' has a part that ends with a dot or a blank")]
    [InlineData("url: https://h/x, path: 'a/b?', sha256: SUM", "files[0].path: 'a/b?' has a part with a character that Windows does not allow")]
    [InlineData("url: https://h/x, path: .parts/b, sha256: SUM", "files[0].path: '.parts/b' starts with '.parts', which is homelab's own; choose another name")]
    [InlineData("url: https://h/x, path: a, sha256: SUM, size: big", "files[0].size: 'big' is not a size; write for example 120MiB, or the exact number of bytes")]
    [InlineData("url: http://h/x, path: a, insecure: maybe", "files[0].insecure: 'maybe' is not true or false")]
    [InlineData("url: https://h/x, path: a, sha: SUM", "files[0].sha256: is missing; without it nobody can tell whether the file is the right one (insecure: true allows it)|files[0].sha: is not a known key; known here: url, path, sha256, size, insecure")]
    public void Files_are_held(string entry, string expected) => Assert.Equal(
        expected.Split('|'),
        ManifestText.Problems($"name: x\ncommand: [ a ]\nfiles: [ {{ {entry.Replace("SUM", ManifestText.Sum, StringComparison.Ordinal)} }} ]\n").Select(p => p[(p.IndexOf(' ', StringComparison.Ordinal) + 1)..]));

    [Theory]
    [InlineData("a", "A", "files[1].path: is the path of files[0] as well")]
    [InlineData("a", "a/b", "files[1].path: and that of files[0]: one would be a file and a folder at once")]
    [InlineData("a/b/c", "A/b", "files[1].path: and that of files[0]: one would be a file and a folder at once")]
    public void Two_files_that_cannot_both_be_there_are_refused(string first, string second, string expected) => Assert.EndsWith(
        ": " + expected,
        Assert.Single(ManifestText.Problems($"name: x\ncommand: [ a ]\nfiles:\n- {{ url: http://h/, path: {first}, insecure: true }}\n- {{ url: http://h/, path: {second}, insecure: true }}\n")),
        StringComparison.Ordinal);

    [Fact]
    public void Longest_part_is_counted_in_bytes()
    {
        Assert.Null(Homelab.Apps.Manifests.AppFilePath.Check(new string('a', 255)));
        Assert.NotNull(Homelab.Apps.Manifests.AppFilePath.Check(new string('a', 256)));
        Assert.NotNull(Homelab.Apps.Manifests.AppFilePath.Check(new string('\u00e9', 128)));
    }

    [Fact]
    public void All_problems_of_a_file_are_told_in_its_order() => Assert.Equal(
        ["1:7", "3:6", "4:1", "6:5"],
        ManifestText.Problems("name: y\ncommand: [ a ]\nport: 0\ncolour: red\nfiles:\n  - { url: https://h/x, path: a }\n".Replace("port: 0", "env: 0", StringComparison.Ordinal)).Select(p => p[..p.IndexOf(": ", StringComparison.Ordinal)]));

    [Fact]
    public void No_problem_repeats_what_may_be_secret()
    {
        const string Text = "name: x\ncommand: [ a ]\nenv: { A: \"hunter2 {hunter2}\", B: \"hunter2 {\", C: \"${hunter2}\", D: \"${env:\u0001\" }\nfiles: [ { url: \"ftp://h/x?hunter2\", path: a }, { url: \"https://u:hunter2@h/\", path: b } ]\n";

        Assert.All(ManifestText.Problems(Text), p => Assert.DoesNotContain("hunter2", p, StringComparison.Ordinal));
    }
}
