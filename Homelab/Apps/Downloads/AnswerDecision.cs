using System.Net;

namespace Homelab.Apps.Downloads;

/// <summary>What to do with a server's answer.</summary>
/// <param name="Use">The use of it.</param>
/// <param name="Start">Where its body begins in the file.</param>
/// <param name="Total">Bytes of the whole file, where the server says so.</param>
/// <param name="Problem">Why it is of no use.</param>
/// <param name="RangesWork">The server understood the range, although its answer is of no use.</param>
internal sealed record AnswerDecision(AnswerUse Use, long Start = 0, long? Total = null, string? Problem = null, bool RangesWork = false)
{
    /// <summary>Decides from the headers alone.</summary>
    /// <param name="response">An answer that is no redirect.</param>
    /// <param name="asked">From which byte on it was asked for; 0: for all.</param>
    /// <param name="known">What was known of the file; null: nothing.</param>
    /// <remarks>A whole file in answer to a range (a server without ranges) is taken from its beginning: such a server has to send all in one go anyway, and skipping what is there
    /// would trust that it is still the same file.</remarks>
    public static AnswerDecision Of(HttpResponseMessage response, long asked, PartFacts? known)
    {
        var range = response.Content.Headers.ContentRange;
        if (response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            return new AnswerDecision(AnswerUse.Fail, Problem: "the server encodes the file (Content-Encoding), although it was asked not to");
        }

        return response.StatusCode switch
        {
            HttpStatusCode.OK => new AnswerDecision(AnswerUse.FromStart, 0, response.Content.Headers.ContentLength),
            HttpStatusCode.PartialContent when asked == 0 => new AnswerDecision(AnswerUse.StartAnew, Problem: "the server sent a part that nobody asked for"),
            HttpStatusCode.PartialContent when range?.From != asked => new AnswerDecision(AnswerUse.StartAnew, Problem: "the server sent another part than was asked for"),
            HttpStatusCode.PartialContent when IsOther(response, known) => new AnswerDecision(AnswerUse.StartAnew, Problem: "the file has changed on the server", RangesWork: true),
            HttpStatusCode.PartialContent => new AnswerDecision(AnswerUse.Append, asked, range.Length ?? asked + response.Content.Headers.ContentLength),
            HttpStatusCode.RequestedRangeNotSatisfiable when asked > 0 && range?.Length == asked => new AnswerDecision(AnswerUse.Complete, asked, asked),
            HttpStatusCode.RequestedRangeNotSatisfiable when asked > 0 => new AnswerDecision(AnswerUse.StartAnew, Problem: "the file on the server is shorter than what is here"),
            _ => new AnswerDecision(AnswerUse.Fail, Problem: Refusal((int)response.StatusCode)),
        };
    }

    private static bool IsOther(HttpResponseMessage response, PartFacts? known) =>
        known is not null
        && ((known.Total is { } total && response.Content.Headers.ContentRange?.Length is { } length && total != length)
            || (known.StrongTag is { } tag && response.Headers.ETag is { } given && !given.Equals(tag)));

    private static string Refusal(int status) => status switch
    {
        401 or 403 or 407 => $"the server answers {status}: it wants a login or forbids it, and no credentials are ever sent; name an address that is open",
        404 or 410 => $"the server answers {status}: there is no such file; correct the address in the manifest",
        _ => $"the server answers {status}",
    };
}
