using Snapshooter.Exceptions;
using Xunit.Sdk;

namespace Homelab.Tests.Snapshots;

/// <summary>The adapter itself: every other snapshot test trusts it to fail.</summary>
public sealed class VerifiedSnapshotTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homelab-verified-");

    [Fact]
    public void Text_equal_to_the_file_beside_the_test_passes() => VerifiedSnapshot.Match("first line\nsecond line");

    [Fact]
    public void Missing_snapshot_is_written_once_and_then_holds()
    {
        VerifiedSnapshot.MatchAt("a\r\nb", _folder.FullName, "T.m", isContinuousIntegration: false);

        Assert.Equal("a\nb\n", File.ReadAllText(FileOf("verified")));
        VerifiedSnapshot.MatchAt("a\nb\n", _folder.FullName, "T.m", isContinuousIntegration: true);
        Assert.False(File.Exists(FileOf("received")));
    }

    [Fact]
    public void Missing_snapshot_in_continuous_integration_fails_and_leaves_what_was_received()
    {
        Assert.Throws<SnapshotNotFoundException>(() => VerifiedSnapshot.MatchAt("a", _folder.FullName, "T.m", isContinuousIntegration: true));

        Assert.False(File.Exists(FileOf("verified")));
        Assert.Equal("a\n", File.ReadAllText(FileOf("received")));
    }

    [Theory]
    [InlineData("plain", "plain text")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""")]
    [InlineData("{\"a\":1}", "{ \"a\": 1 }")]
    [InlineData("x", "")]
    public void Different_text_fails_and_is_left_as_received_until_it_passes(string accepted, string actual)
    {
        File.WriteAllText(FileOf("verified"), accepted + "\n");

        Assert.ThrowsAny<XunitException>(() => VerifiedSnapshot.MatchAt(actual, _folder.FullName, "T.m", isContinuousIntegration: false));
        Assert.Equal(actual + "\n", File.ReadAllText(FileOf("received")));
        Assert.Equal(accepted + "\n", File.ReadAllText(FileOf("verified")));

        VerifiedSnapshot.MatchAt(accepted, _folder.FullName, "T.m", isContinuousIntegration: false);
        Assert.False(File.Exists(FileOf("received")));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string FileOf(string kind) => Path.Combine(_folder.FullName, $"T.m.{kind}.txt");
}
