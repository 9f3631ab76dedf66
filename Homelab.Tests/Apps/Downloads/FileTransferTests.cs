using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Homelab.Tests.Apps.Downloads;

public sealed class FileTransferTests
{
    private static readonly byte[] Bytes = DownloadRig.Content(3_000_000);

    [Fact]
    public async Task File_is_fetched_checked_and_named()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes) with { Path = "models/deep/model.bin", LowestSize = Bytes.Length, HighestSize = Bytes.Length };

        await rig.EnsureAsync("stem", demand);

        Assert.Equal(Bytes, rig.Read("stem", "models/deep/model.bin"));
        Assert.True(rig.Downloads.IsPresent("stem", demand));
        Assert.Equal(["verified.json"], Directory.EnumerateFiles(rig.Parts).Select(path => Path.GetFileName(path)));
        var headers = rig.Server.Requests.Single().Headers;
        Assert.Contains("[Accept-Encoding, identity]", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("Cookie", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", headers, StringComparison.Ordinal);
        Assert.Equal("done", rig.Progress.Last().State);
        Assert.Contains(rig.Progress, report => report is { State: "checking", App: "stem" });
    }

    [Fact]
    public async Task Cut_transfer_goes_on_where_it_was()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { CutAfter = 1_000_000 });
        rig.Server.Faults.Enqueue(new FileFault { CutAfter = 1_500_000 });

        await rig.EnsureAsync("a", rig.Offer(Bytes));

        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal(["", "bytes=1000000-", "bytes=2500000-"], rig.Server.RangesAsked);
        Assert.All(rig.Server.Requests.Skip(1), request => Assert.Equal("\"one\"", request.IfRange));
        Assert.Contains(rig.Progress, report => report.State == "retrying" && report.Problem is not null);
    }

    [Theory]
    [InlineData("\"one\"", true)]
    [InlineData("\"one\"", false)]
    [InlineData(null, true)]
    [InlineData("W/\"one\"", true)]
    public async Task Daemon_that_was_stopped_goes_on_where_it_was(string? tag, bool withSum)
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Tag = tag;
        rig.Server.Faults.Enqueue(new FileFault { StallAfter = 1_000_000 });
        var demand = rig.Offer(Bytes, withSum: withSum);
        var first = rig.EnsureAsync("a", demand);
        await DownloadRig.UntilAsync("a million bytes are in the part", () => new FileInfo(rig.PartPath(demand)) is { Exists: true, Length: 1_000_000 });
        Assert.False(File.Exists(rig.At("a")));
        await rig.RestartAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        await rig.EnsureAsync("a", demand);

        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal("bytes=1000000-", rig.Server.Requests.Last().Range);
        Assert.Equal(tag == "\"one\"" ? tag : "", rig.Server.Requests.Last().IfRange);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("W/\"one\"")]
    public async Task Without_strong_tag_and_sum_a_cut_transfer_begins_anew(string? tag)
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Tag = tag;
        rig.Server.Faults.Enqueue(new FileFault { CutAfter = 1_000_000 });

        await rig.EnsureAsync("a", rig.Offer(Bytes, withSum: false));

        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal(["", ""], rig.Server.RangesAsked);
    }

    [Fact]
    public async Task Server_without_ranges_sends_all_again()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Ranges = false;
        rig.Server.Faults.Enqueue(new FileFault { CutAfter = 1_000_000 });

        await rig.EnsureAsync("a", rig.Offer(Bytes));

        Assert.Equal(Bytes, rig.Read("a"));
    }

    [Fact]
    public async Task Server_that_sends_another_range_is_asked_for_all()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { CutAfter = 1_000_000 });
        rig.Server.Faults.Enqueue(new FileFault { RangeShift = 7 });

        await rig.EnsureAsync("a", rig.Offer(Bytes));

        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal(["", "bytes=1000000-", ""], rig.Server.RangesAsked);
    }

    [Fact]
    public async Task File_that_changes_between_two_tries_is_not_mixed()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes, withSum: false);
        rig.Server.Faults.Enqueue(new FileFault { StallAfter = 1_000_000 });
        var first = rig.EnsureAsync("a", demand);
        await DownloadRig.UntilAsync("a million bytes are in the part", () => rig.PartPath(demand) is var part && File.Exists(part) && new FileInfo(part).Length == 1_000_000);
        await rig.RestartAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var other = DownloadRig.Content(2_000_000, seed: 2);
        rig.Server.Put("model.bin", other);
        rig.Server.Tag = "\"two\"";
        rig.Server.Faults.Enqueue(new FileFault { CutAfter = 500_000 });

        await rig.EnsureAsync("a", demand);

        Assert.Equal(other, rig.Read("a"));
    }

    [Fact]
    public async Task Part_that_is_whole_already_is_only_checked()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        File.WriteAllBytes(rig.PartPath(demand), Bytes);

        // The length that the server has comes with its 416.
        await rig.EnsureAsync("a", demand);

        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal([$"bytes={Bytes.Length}-"], rig.Server.RangesAsked);
    }

    [Fact]
    public async Task Part_that_is_longer_than_the_file_is_thrown_away()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        File.WriteAllBytes(rig.PartPath(demand), DownloadRig.Content(Bytes.Length + 5, seed: 9));

        await rig.EnsureAsync("a", demand);

        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal([$"bytes={Bytes.Length + 5}-", ""], rig.Server.RangesAsked);
    }

    [Fact]
    public async Task Resumed_part_with_a_wrong_sum_is_fetched_once_more_from_its_beginning()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes);
        File.WriteAllBytes(rig.PartPath(demand), new byte[1_000_000]);

        await rig.EnsureAsync("a", demand);

        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal(["bytes=1000000-", ""], rig.Server.RangesAsked);
    }

    [Fact]
    public async Task Wrong_sum_names_both_and_leaves_what_was_there()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes) with { Sha256 = new string('a', 64) };
        Directory.CreateDirectory(Path.GetDirectoryName(rig.At("a"))!);
        File.WriteAllText(rig.At("a"), "old");

        var message = await rig.FailAsync("a", demand);

        Assert.Contains(new string('a', 64), message, StringComparison.Ordinal);
        Assert.Contains(rig.Server.Put("x", Bytes), message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(rig.At("a")));
        Assert.Empty(rig.Part(demand));
        Assert.Single(rig.Server.Requests);
        Assert.Equal(("failed", true), (rig.Progress.Last().State, rig.Progress.Last().Problem!.Contains("sha256", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Server_that_announces_more_than_it_has_is_found_out_by_its_range()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { LengthShift = 100 });

        await rig.EnsureAsync("a", rig.Offer(Bytes));

        Assert.Equal(Bytes, rig.Read("a"));
    }

    [Fact]
    public async Task Server_that_announces_less_than_it_has_gives_a_wrong_sum()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { LengthShift = -100 });

        Assert.Contains("sha256", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_sends_more_than_it_announced_is_stopped()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { CutAfter = 1_000_000 });
        rig.Server.Faults.Enqueue(new FileFault { Surplus = 10 });

        Assert.Contains("longer than the 3000000 bytes", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_without_a_length_is_fetched()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Chunked = true;

        await rig.EnsureAsync("a", rig.Offer(Bytes));

        Assert.Equal(Bytes, rig.Read("a"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task File_larger_than_it_may_be_is_stopped(bool chunked)
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Chunked = chunked;
        var demand = rig.Offer(Bytes) with { HighestSize = 2_000_000 };

        Assert.Contains("larger than the 2000000 bytes", await rig.FailAsync("a", demand), StringComparison.Ordinal);

        Assert.True(rig.Part(demand).Length <= 2_000_000);
        Assert.Single(rig.Server.Requests);
    }

    [Fact]
    public async Task File_without_size_and_length_is_bounded_by_the_maximum()
    {
        await using var rig = await DownloadRig.StartAsync(options => options with { MaximumSize = 1_000_000 });
        rig.Server.Chunked = true;

        Assert.Contains("larger than the 1000000 bytes", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task File_smaller_than_the_manifest_says_fails(bool chunked)
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Chunked = chunked;

        Assert.Contains("at least 4000000", await rig.FailAsync("a", rig.Offer(Bytes, withSum: false) with { LowestSize = 4_000_000 }), StringComparison.Ordinal);

        Assert.False(File.Exists(rig.At("a")));
    }

    [Fact]
    public async Task Encoded_answer_is_refused()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Always = new FileFault { ContentEncoding = "gzip" };

        Assert.Contains("Content-Encoding", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
        Assert.Single(rig.Server.Requests);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Server_in_trouble_is_tried_again(int status)
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { Status = status });
        rig.Server.Faults.Enqueue(new FileFault { Status = status });

        await rig.EnsureAsync("a", rig.Offer(Bytes));

        Assert.Equal(3, rig.Server.Requests.Count);
        Assert.Contains(rig.Progress, report => report.State == "retrying" && report.Problem!.Contains(status.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_that_stays_in_trouble_fails_after_the_last_try()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Always = new FileFault { Status = 503 };

        Assert.Contains("503", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
        Assert.Equal(5, rig.Server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Refusal_fails_at_once(int status)
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Always = new FileFault { Status = status };

        Assert.Contains(status.ToString(CultureInfo.InvariantCulture), await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
        Assert.Single(rig.Server.Requests);
    }

    [Fact]
    public async Task Pause_that_the_server_asks_for_is_kept()
    {
        var time = new FakeTimeProvider();
        await using var rig = await DownloadRig.StartAsync(time: time);
        rig.Server.Faults.Enqueue(new FileFault { Status = 503, RetryAfter = "100" });
        var ensuring = rig.EnsureAsync("a", rig.Offer(Bytes));
        var passed = await AdvanceUntilSecondTryAsync(rig, time);
        await ensuring;

        Assert.InRange(passed, TimeSpan.FromSeconds(100), TimeSpan.MaxValue);
        Assert.Equal(2, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Pause_that_is_too_long_fails_and_says_so()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Always = new FileFault { Status = 429, RetryAfter = "7200" };

        Assert.Contains("7200 s", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
        Assert.Single(rig.Server.Requests);
    }

    [Fact]
    public async Task Silent_server_is_left_and_asked_for_the_rest()
    {
        var time = new FakeTimeProvider();
        await using var rig = await DownloadRig.StartAsync(time: time);
        rig.Server.Faults.Enqueue(new FileFault { StallAfter = 1_000_000 });
        var demand = rig.Offer(Bytes);
        var ensuring = rig.EnsureAsync("a", demand);
        await DownloadRig.UntilAsync("a million bytes are in the part", () => File.Exists(rig.PartPath(demand)) && new FileInfo(rig.PartPath(demand)).Length == 1_000_000);

        await AdvanceUntilSecondTryAsync(rig, time);
        await ensuring;

        Assert.Equal("bytes=1000000-", rig.Server.Requests.Last().Range);
        Assert.Contains(rig.Progress, report => report.Problem?.Contains("sent nothing for 60 s", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Tries_that_bring_bytes_begin_a_new_count()
    {
        await using var rig = await DownloadRig.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            rig.Server.Faults.Enqueue(i % 2 == 0 ? new FileFault { Status = 500 } : new FileFault { CutAfter = 100_000 });
        }

        await rig.EnsureAsync("a", rig.Offer(Bytes));

        Assert.Equal(Bytes, rig.Read("a"));
        Assert.Equal(21, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Server_that_sends_next_to_nothing_is_left_in_the_end()
    {
        await using var rig = await DownloadRig.StartAsync(options => options with { MeagreAttempts = 10 });
        rig.Server.Always = new FileFault { CutAfter = 10 };
        var demand = rig.Offer(Bytes);

        Assert.Contains("next to nothing", await rig.FailAsync("a", demand), StringComparison.Ordinal);

        Assert.Equal(10, rig.Server.Requests.Count);
        Assert.Equal(Bytes[..100], rig.Part(demand));
    }

    [Fact]
    public async Task Server_without_ranges_that_always_cuts_is_left_in_the_end()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Ranges = false;
        rig.Server.Always = new FileFault { CutAfter = 2_000_000 };

        Assert.Contains("could not be downloaded", await rig.FailAsync("a", rig.Offer(Bytes)), StringComparison.Ordinal);
        Assert.Equal(6, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Nobody_there_is_tried_again_and_said()
    {
        await using var rig = await DownloadRig.StartAsync();
        var demand = rig.Offer(Bytes) with { Url = new Uri("http://127.0.0.1:1/model.bin?token=secret") };

        var message = await rig.FailAsync("a", demand);

        Assert.Contains("refused", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        Assert.Equal(4, rig.Progress.Count(report => report.State == "retrying"));
        Assert.DoesNotContain(rig.Progress, report => report.ToString().Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Part_says_what_it_is_of_without_the_query()
    {
        await using var rig = await DownloadRig.StartAsync();
        rig.Server.Faults.Enqueue(new FileFault { CutAfter = 1000 });
        rig.Server.Faults.Enqueue(new FileFault { Status = 404 });
        var demand = rig.Offer(Bytes);
        await rig.FailAsync("a", demand with { Url = new Uri(demand.Url + "?token=secret") });

        var facts = JsonNode.Parse(File.ReadAllText(Path.Combine(rig.Parts, demand.Key + ".json")))!;

        Assert.Equal(demand.Url.ToString(), (string?)facts["url"]);
        Assert.Equal("\"one\"", (string?)facts["etag"]);
        Assert.Equal(Bytes.Length, (long?)facts["total"]);
        Assert.Equal(1000, rig.Part(demand).Length);
    }

    /// <summary>Lets time pass until the second try begins, and tells how much did.</summary>
    private static async Task<TimeSpan> AdvanceUntilSecondTryAsync(DownloadRig rig, FakeTimeProvider time)
    {
        var passed = TimeSpan.Zero;
        await DownloadRig.UntilAsync("the second try begins", () =>
        {
            if (rig.Progress.Count(report => report.State == "downloading") > 1)
            {
                return true;
            }

            if (!rig.Server.Requests.IsEmpty)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                passed += TimeSpan.FromSeconds(1);
            }

            return false;
        });
        return passed;
    }
}
