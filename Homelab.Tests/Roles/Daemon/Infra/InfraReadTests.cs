using System.Text;
using Homelab.Control;
using Homelab.Roles.Daemon.Infra;

namespace Homelab.Tests.Roles.Daemon.Infra;

/// <summary>What is shown of files that may be shown: windows, secrets in their content, limits, listings.</summary>
public sealed class InfraReadTests
{
    private const string Key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\nAAAAAAAAAAAAAAAAAAAA\n-----END OPENSSH PRIVATE KEY-----\n";

    [Fact]
    public void Windows_put_together_are_the_file_and_end_with_lines()
    {
        using var folder = new InfraFolder();
        var text = string.Concat(Enumerable.Range(0, 9000).Select(i => $"line {i} äöü 漢字 🙂\n"));
        folder.Write("app.log", text);
        var read = new StringBuilder();
        var windows = 0;
        for (long offset = 0; ; windows++)
        {
            var window = folder.Files.Read(folder.Root, "app.log", offset);
            Assert.Equal(offset, window.OffsetBytes);
            Assert.Equal(Encoding.UTF8.GetByteCount(text), window.SizeBytes);
            Assert.InRange(window.NextOffsetBytes - offset, 1, InfraFiles.Window);
            Assert.EndsWith("\n", window.Text, StringComparison.Ordinal);
            read.Append(window.Text);
            if (!window.Truncated)
            {
                break;
            }

            offset = window.NextOffsetBytes;
        }

        Assert.Equal(text, read.ToString());
        Assert.True(windows > 2);
    }

    [Fact]
    public void A_line_longer_than_a_window_is_cut_between_characters_and_goes_on()
    {
        using var folder = new InfraFolder();
        var text = string.Concat(Enumerable.Repeat("漢🙂é", 20_000));
        folder.Write("app.log", text);
        var read = new StringBuilder();
        for (var (offset, more) = (0L, true); more;)
        {
            var window = folder.Files.Read(folder.Root, "app.log", offset);
            read.Append(window.Text);
            Assert.True(window.NextOffsetBytes > offset);
            (offset, more) = (window.NextOffsetBytes, window.Truncated);
        }

        Assert.Equal(text, read.ToString());
    }

    [Fact]
    public void An_offset_within_a_character_begins_with_the_next_one()
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", "🙂🙂 end");

        var window = folder.Files.Read(folder.Root, "app.log", 1);

        Assert.Equal((4, "🙂 end"), (window.OffsetBytes, window.Text));
    }

    [Fact]
    public void A_negative_offset_reads_the_end_from_a_line_on()
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i}\n")));

        Assert.Equal("line 98\nline 99\n", folder.Files.Read(folder.Root, "app.log", -20).Text);
        Assert.StartsWith("line 0\n", folder.Files.Read(folder.Root, "app.log", -1_000_000).Text, StringComparison.Ordinal);
        Assert.StartsWith("line 0\n", folder.Files.Read(folder.Root, "app.log", long.MinValue).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_a_growing_file_is_asked_for_again_and_one_that_shrank_says_so()
    {
        using var folder = new InfraFolder();
        var file = folder.Write("app.log", "one\n");
        var first = folder.Files.Read(folder.Root, "app.log", 0);
        var nothing = folder.Files.Read(folder.Root, "app.log", first.NextOffsetBytes);
        File.AppendAllText(file, "two\n");
        var second = folder.Files.Read(folder.Root, "app.log", nothing.NextOffsetBytes);
        File.WriteAllText(file, "n\n");
        var rotated = folder.Refused("app.log", second.NextOffsetBytes);

        Assert.Equal(("", false, 4), (nothing.Text, nothing.Truncated, nothing.NextOffsetBytes));
        Assert.Equal("two\n", second.Text);
        Assert.Equal((InfraProblem.Invalid, "offset"), (rotated.Problem.Code, rotated.Problem.Param));
        Assert.Contains("begin again at 0", rotated.Message, StringComparison.Ordinal);
        Assert.Equal("", folder.Files.Read(folder.Root, Path.GetFileName(folder.Write("empty.log", "")), 0).Text);
    }

    [Fact]
    public void A_file_over_the_limit_and_a_binary_one_are_refused()
    {
        using var folder = new InfraFolder();
        folder.Write("large.log", new string('x', (1 << 20) + 1));
        folder.Write("nul.log", "text\0text");
        File.WriteAllBytes(folder.At("later.log"), [.. Encoding.UTF8.GetBytes(new string('x', 70_000)), .. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))]);
        File.WriteAllBytes(folder.At("wide.log"), Encoding.Unicode.GetBytes("wide text"));

        Assert.Contains("infra.max_file", folder.Refused("large.log").Message, StringComparison.Ordinal);
        Assert.All((string[])["nul.log", "wide.log"], path => Assert.Contains("is binary", folder.Refused(path).Message, StringComparison.Ordinal));
        Assert.Contains("is binary", folder.Refused("later.log", 70_000).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_among_much_text_are_shown_as_what_they_are_not()
    {
        using var folder = new InfraFolder();
        File.WriteAllBytes(folder.At("old.log"), [.. Encoding.Latin1.GetBytes("M\u00fcnchen: " + new string('x', 200) + "\n")]);

        Assert.StartsWith("M\ufffdnchen", folder.Files.Read(folder.Root, "old.log", 0).Text, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task A_hard_link_to_a_key_is_refused_by_what_it_holds_wherever_one_begins_to_read()
    {
        using var folder = new InfraFolder();
        var key = Path.Combine(folder.Above, "id_ed25519");
        await File.WriteAllTextAsync(key, Key);
        await folder.HardLinkAsync(key, "harmless.log");

        foreach (var offset in (long[])[0, 1, 40, 80, -10])
        {
            Assert.Contains("private key", folder.Refused("harmless.log", offset).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_key_in_the_middle_of_a_log_is_refused_and_what_follows_it_is_shown()
    {
        using var folder = new InfraFolder();
        var before = string.Concat(Enumerable.Repeat("before\n", 12_000));
        folder.Write("app.log", before + Key + "after\n");

        Assert.DoesNotContain("BEGIN", folder.Files.Read(folder.Root, "app.log", 0).Text, StringComparison.Ordinal);
        Assert.Contains($"{before.Length + Key.Length} on", folder.Refused("app.log", 60_000).Message, StringComparison.Ordinal);
        Assert.Equal("after\n", folder.Files.Read(folder.Root, "app.log", before.Length + Key.Length).Text);
    }

    [Theory]
    [InlineData("key hl_key_Ab3dEf7h_0123456789abcdefghijABCDEFGHIJ12 made", "0123456789abcdefghij")]
    [InlineData("password=hunter2hunter2 ok", "hunter2")]
    [InlineData("\"api_key\": \"abcdef0123456789\"", "abcdef0123456789")]
    [InlineData("Authorization: Bearer abc.def.ghi-jkl", "abc.def")]
    [InlineData("postgres://app:s3cr3t@db:5432/app", "s3cr3t")]
    [InlineData("AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE")]
    [InlineData("ghp_0123456789abcdefghijABCDEFGHIJ123456", "ghp_0123")]
    [InlineData("OPENAI_API_KEY=sk-proj-0123456789abcdef0123", "sk-proj")]
    public void A_token_in_a_log_is_masked_also_where_a_window_begins_within_it(string line, string secret)
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", "first line\n" + line + "\nlast line\n");
        var place = 11 + line.IndexOf(secret, StringComparison.Ordinal);

        var whole = folder.Files.Read(folder.Root, "app.log", 0);
        var within = folder.Files.Read(folder.Root, "app.log", place + 2);

        Assert.DoesNotContain(secret, whole.Text, StringComparison.Ordinal);
        Assert.True(whole.MaskedCount > 0);
        Assert.StartsWith("*", within.Text, StringComparison.Ordinal);
        Assert.EndsWith("last line\n", whole.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prompt tokens: 512000, eval tokens: 128")]
    [InlineData("max_tokens=4096 token_count=123456")]
    [InlineData("loaded qwen3:8b in 4.2 s at http://127.0.0.1:11434/api/chat")]
    [InlineData("key=value passes=3 author: somebody")]
    public void What_is_no_secret_is_not_masked(string line)
    {
        using var folder = new InfraFolder();
        folder.Write("app.log", line + "\n");

        Assert.Equal((line + "\n", 0), (folder.Files.Read(folder.Root, "app.log", 0).Text, folder.Files.Read(folder.Root, "app.log", 0).MaskedCount));
    }

    [Fact]
    public void A_line_of_a_shadow_file_is_refused_under_any_name()
    {
        using var folder = new InfraFolder();
        folder.Write("users.log", "root:$6$saltsalt$0123456789abcdef0123456789abcdef:19000:0:99999:7:::\n");

        Assert.Contains("password's hash", folder.Refused("users.log").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_no_pattern_includes_are_refused_alike_whether_or_not_they_are_there_and_counted_in_lists()
    {
        using var folder = new InfraFolder("**/*.log");
        folder.Write("notes.txt", "x");
        folder.Write("app.log", "x");
        folder.Write("sub/deep/app.log", "x");

        var listed = folder.Files.List(folder.Root, "");

        Assert.Equal(["app.log", "sub"], listed.Entries.Select(e => e.Name));
        Assert.Equal(1, listed.HiddenCount);
        Assert.Equal(folder.Refused("notes.txt").Message.Replace("notes", "gone", StringComparison.Ordinal), folder.Refused("gone.txt").Message);
        Assert.Equal("x", folder.Files.Read(folder.Root, "sub/deep/app.log", 0).Text);
        Assert.Contains("includes none", Assert.Throws<InfraException>(() => folder.Files.Read(new InfraRoot("none", folder.At(), []), "app.log", 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_names_what_it_refuses_and_why_and_is_bounded()
    {
        using var folder = new InfraFolder();
        folder.Write(".ssh/id_rsa", "x");
        folder.Write(".env", "x");
        folder.Write("server.pem", "x");
        for (var i = 0; i < InfraFiles.MostEntries + 20; i++)
        {
            File.WriteAllText(folder.At($"file-{i:0000}.log"), "");
        }

        var listed = folder.Files.List(folder.Root, "");

        Assert.True(listed.Truncated);
        Assert.Equal(InfraFiles.MostEntries, listed.Entries.Count);
        Assert.Contains("keys or passwords", listed.Entries.Single(e => e.Name == ".ssh").Refused!, StringComparison.Ordinal);
        Assert.Contains("keys or passwords", listed.Entries.Single(e => e.Name == ".env").Refused!, StringComparison.Ordinal);
        Assert.Null(listed.Entries.Single(e => e.Name == "file-0001.log").Refused);
        Assert.Equal(InfraProblem.Refused, Assert.Throws<InfraException>(() => folder.Files.List(folder.Root, ".ssh")).Problem.Code);
    }

    [Fact]
    public void A_folder_read_as_a_file_and_a_file_listed_as_a_folder_say_what_to_do()
    {
        using var folder = new InfraFolder();
        folder.Write("sub/app.log", "x");

        Assert.Contains("list it", folder.Refused("sub").Message, StringComparison.Ordinal);
        Assert.Contains("list logs", folder.Refused("").Message, StringComparison.Ordinal);
        Assert.Contains("read it as a file", Assert.Throws<InfraException>(() => folder.Files.List(folder.Root, "sub/app.log")).Message, StringComparison.Ordinal);
        Assert.Equal(InfraProblem.NotFound, folder.Refused("sub/app.log/more").Problem.Code);
    }
}
