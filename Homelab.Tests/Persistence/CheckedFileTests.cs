using System.Text;
using Homelab.Persistence;

namespace Homelab.Tests.Persistence;

/// <summary>Whatever happens to a state file, reading it gives whole content.</summary>
public sealed class CheckedFileTests : IDisposable
{
    private static readonly byte[] Old = Encoding.UTF8.GetBytes("{\"value\":\"old\"}");
    private static readonly byte[] New = Encoding.UTF8.GetBytes("{\"value\":\"the new one\"}");

    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-atomic").FullName;

    private string Target => Path.Combine(_folder, "state.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_read()
    {
        var file = new CheckedFile(Target);
        Assert.Equal(new CheckedFileReading(null, null, false), file.Read());

        file.Write([]);
        Assert.Empty(file.Read().Content!);

        file.Write(New);
        Assert.Equal(New, file.Read().Content);
        Assert.Null(file.Read().Problem);
    }

    [Fact]
    public void A_file_is_open_to_its_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        new CheckedFile(Target).Write(Old);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void A_file_torn_at_any_length_gives_the_previous_content()
    {
        var whole = WriteTwice();
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Target, whole[..length]);
            AssertPrevious();
        }
    }

    [Fact]
    public void A_byte_flipped_at_any_place_gives_the_previous_content()
    {
        var whole = WriteTwice();
        for (var i = 0; i < whole.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var damaged = whole.ToArray();
                damaged[i] ^= (byte)(1 << bit);
                File.WriteAllBytes(Target, damaged);
                AssertPrevious();
            }
        }
    }

    [Fact]
    public void A_file_full_of_zeros_or_with_more_behind_gives_the_previous_content()
    {
        var whole = WriteTwice();
        File.WriteAllBytes(Target, new byte[whole.Length]);
        AssertPrevious();
        File.WriteAllBytes(Target, [.. whole, 0]);
        AssertPrevious();
    }

    [Fact]
    public void A_write_over_a_damaged_file_keeps_the_whole_previous_one()
    {
        WriteTwice();
        File.WriteAllText(Target, "damaged");
        new CheckedFile(Target).Write(New);
        Assert.Equal(New, new CheckedFile(Target).Read().Content);
        File.Delete(Target);
        AssertPrevious();
    }

    [Fact]
    public void Both_files_damaged_give_nothing_and_say_so()
    {
        WriteTwice();
        File.WriteAllText(Target, "x");
        File.WriteAllText(Target + ".bak", "y");
        var reading = new CheckedFile(Target).Read();

        Assert.Null(reading.Content);
        Assert.Equal($"{Target} is damaged; {Target}.bak is damaged", reading.Problem);
    }

    /// <summary>A write is two replacements, each of which happens whole or not at all.</summary>
    [Theory]
    [InlineData(0, "old")]
    [InlineData(1, "old")]
    [InlineData(2, "the new one")]
    public void A_crash_between_any_two_steps_leaves_the_old_or_the_new(int steps, string expected)
    {
        new CheckedFile(Target).Write(Old);
        var crashing = new CheckedFile(Target, (path, content) =>
        {
            if (steps-- <= 0)
            {
                throw new IOException("the power went");
            }

            AtomicFile.Replace(path, content);
        });
        _ = Record.Exception(() => crashing.Write(New));
        var reading = new CheckedFile(Target).Read();

        Assert.Contains(expected, Encoding.UTF8.GetString(reading.Content!), StringComparison.Ordinal);
        Assert.Null(reading.Problem);
    }

    [Fact]
    public void A_half_written_file_beside_it_is_no_harm()
    {
        new CheckedFile(Target).Write(Old);
        File.WriteAllText(Target + ".new", "half of");
        Assert.Equal(Old, new CheckedFile(Target).Read().Content);

        new CheckedFile(Target).Write(New);
        Assert.Equal(New, new CheckedFile(Target).Read().Content);
        Assert.False(File.Exists(Target + ".new"));
    }

    private byte[] WriteTwice()
    {
        new CheckedFile(Target).Write(Old);
        new CheckedFile(Target).Write(New);
        return File.ReadAllBytes(Target);
    }

    private void AssertPrevious()
    {
        var reading = new CheckedFile(Target).Read();
        Assert.Equal(Old, reading.Content);
        Assert.True(reading.FromPrevious);
        Assert.EndsWith("the content before it is used", reading.Problem, StringComparison.Ordinal);
    }
}
