namespace Homelab.Tests.Engines.Simulated;

/// <summary>Holds the simulation, and with it the fake of all other tests, against what the real Ollama 0.32.15 answered, exchange by exchange.
/// Version 0.32.1 was recorded with the same requests and differs in the framing of /v1 streams only.</summary>
public sealed class RecordedConformanceTests(RecordedSession session) : IClassFixture<RecordedSession>
{
    /// <summary>Recordings of the session that are not replayed.</summary>
    private static readonly Dictionary<int, string> NotCovered = new()
    {
        [9] = "the uploaded file was not recorded",
        [155] = "the uploaded file was not recorded",
        [175] = "a race: the real one lists the model of a dead runner for a moment; ours is gone at once",
        [214] = "a client that leaves a pull in the middle, at a speed that was not recorded; PullTests has one of its own",
    };

    /// <summary>Recordings whose error text is the tail of a log of varying length: only its beginning is compared.</summary>
    private static readonly int[] OnlyBeginning = [171];

    public static TheoryData<string> Names => [.. Recording.All.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Answer_is_shaped_as_recorded(string name)
    {
        var recorded = Recording.All.First(r => r.Name == name);
        var actual = session.Answer(name);
        Assert.Equal(recorded.Status, actual.Status);
        foreach (var header in (string[])["Content-Type", "Allow", "Cache-Control", "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age"])
        {
            // The real router adds Allow to a preflight, which browsers do not read.
            if (recorded.Method != "OPTIONS" || header != "Allow")
            {
                Assert.Equal((header, recorded.Headers.GetValueOrDefault(header)), (header, actual.Headers.GetValueOrDefault(header)));
            }
        }

        var type = recorded.Headers.GetValueOrDefault("Content-Type") ?? "";
        var (expected, got) = (AnswerShape.Of(type, recorded.Body), AnswerShape.Of(type, actual.Body));
        if (OnlyBeginning.Contains(recorded.Number))
        {
            Assert.StartsWith(got[0][..100], expected[0], StringComparison.Ordinal);
            return;
        }

        Assert.Equal(expected, got);
    }

    [Fact]
    public void Every_recording_of_the_session_is_replayed_or_said_to_be_left_out() =>
        Assert.Equal(Enumerable.Range(1, 225), Recording.All.Select(r => r.Number).Concat(NotCovered.Keys).Order());

    [Fact]
    public void Every_answer_says_that_it_is_simulated() =>
        Assert.All(Recording.All, r => Assert.Equal("true", session.Answer(r.Name).Headers.GetValueOrDefault("x-homelab-simulated")));
}
