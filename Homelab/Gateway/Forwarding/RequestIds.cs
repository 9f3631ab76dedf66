namespace Homelab.Gateway.Forwarding;

/// <summary>The <c>x-request-id</c> of a request: the client's own where it is sane, else the server's.</summary>
internal static class RequestIds
{
    public const string Header = "x-request-id";

    private const int Longest = 128;

    public static string Of(HttpContext context) =>
        context.Request.Headers[Header] is { Count: 1 } sent && sent[0] is { Length: > 0 and <= Longest } id && IsSane(id) ? id : context.TraceIdentifier;

    private static bool IsSane(string id)
    {
        foreach (var letter in id)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.' or ':'))
            {
                return false;
            }
        }

        return true;
    }
}
