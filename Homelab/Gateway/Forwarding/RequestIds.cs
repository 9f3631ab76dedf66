namespace Homelab.Gateway.Forwarding;

/// <summary>The <c>x-request-id</c> of a request: the client's own where it is sane, else the server's.</summary>
internal static class RequestIds
{
    public const string Header = "x-request-id";

    /// <summary>Where Anthropic's own server says it and its SDKs read it.</summary>
    private const string AnthropicHeader = "request-id";

    private const int Longest = 128;

    public static string Of(HttpContext context) =>
        context.Request.Headers[Header] is { Count: 1 } sent && sent[0] is { Length: > 0 and <= Longest } id && IsSane(id) ? id : context.TraceIdentifier;

    /// <summary>Says it in the answer, whatever the answer will be.</summary>
    public static void Announce(HttpContext context, Dialect dialect)
    {
        var id = Of(context);
        context.Response.Headers[Header] = id;
        if (dialect == Dialect.Anthropic)
        {
            context.Response.Headers[AnthropicHeader] = id;
        }
    }

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
