using Homelab.Gateway.Bodies;
using Homelab.Gateway.Errors;
using Homelab.Gateway.Forwarding;

namespace Homelab.Gateway.Routes;

/// <summary>Turns a request's body into what the gateway needs to know of it, or into the refusal it deserves.</summary>
internal sealed class RequestParser(GatewayOptions options)
{
    /// <summary>Ollama reads a form with Go's <c>FormValue</c>, to which the query counts before the form: it would load what was not asked for here.</summary>
    private static readonly GatewayError ModelInQuery = GatewayErrors.Invalid("the query names a model too; name it in the form only", "model");

    /// <summary>Reads and scans. On success <see cref="Exchange.Body"/> and <see cref="Exchange.Facts"/> are set.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async ValueTask<GatewayError?> ReadAsync(Exchange exchange)
    {
        var headers = exchange.Context.Request.Headers;
        var type = headers.ContentType.ToString();
        var multipart = type.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase);
        if (!multipart && CheckType(headers, type) is { } wrongType)
        {
            return wrongType;
        }

        var (body, failed) = await BodyReader.ReadAsync(exchange.Context, options.MaximumBodyBytes, exchange.Watch);
        if (failed is not null)
        {
            return failed;
        }

        exchange.Body = body;
        if (multipart)
        {
            exchange.ContentType = type;
            var refused = exchange.Dialect == Dialect.Ollama
                ? GatewayErrors.UnsupportedType("send application/json")
                : exchange.Context.Request.Query.ContainsKey("model") ? ModelInQuery
                : MultipartScanner.Scan(type, body!.Bytes, out var parts) is { } wrong ? wrong : Keep(exchange, parts);
            return refused;
        }

        return Scan(exchange);
    }

    private static GatewayError? Scan(Exchange exchange)
    {
        var byName = exchange.Route.Kind is RouteKind.Show or RouteKind.Pull or RouteKind.Delete;
        var wrong = byName
            ? BodyScanner.ScanWithName(exchange.Body!.Bytes, out var facts)
            : BodyScanner.Scan(exchange.Body!.Bytes, needsModel: true, out facts);
        if (wrong is not null)
        {
            return wrong;
        }

        if (facts is { HasInput: true, MessagesEmpty: true } && ReferenceEquals(exchange.Route.Template, RouteTable.ChatCompletions))
        {
            var (translated, untranslatable) = ResponsesTranslator.Translate(exchange.Body.Bytes);
            if (untranslatable is not null)
            {
                return untranslatable;
            }

            exchange.Body.Dispose();
            exchange.Body = new RequestBody(translated!);
            if (BodyScanner.Scan(exchange.Body.Bytes, needsModel: true, out facts) is { } impossible)
            {
                return impossible;
            }
        }

        return Keep(exchange, facts);
    }

    private static GatewayError? Keep(Exchange exchange, BodyFacts facts)
    {
        exchange.Facts = facts;
        exchange.Stream = facts.Stream ?? exchange.Route.StreamsByDefault;
        return null;
    }

    /// <summary>JSON under any of the names that tools give it, or under none. A type that a web page may send across sites without asking
    /// (curl's default is one) is refused only where a browser says that a page sent it.</summary>
    private static GatewayError? CheckType(IHeaderDictionary headers, string type)
    {
        var semicolon = type.IndexOf(';', StringComparison.Ordinal);
        var name = (semicolon < 0 ? type.AsSpan() : type.AsSpan(0, semicolon)).Trim();
        if (name.Equals("application/json", StringComparison.OrdinalIgnoreCase) || name.EndsWith("+json", StringComparison.OrdinalIgnoreCase) || name.Equals("text/json", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var simple = name.IsEmpty || name.Equals("text/plain", StringComparison.OrdinalIgnoreCase) || name.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
        if (!simple && !name.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase))
        {
            return GatewayErrors.UnsupportedType($"the content type '{GatewayErrors.Printable(name.ToString())}' is not supported; send application/json");
        }

        var fromPage = headers.Origin.Count > 0 || string.Equals(headers["Sec-Fetch-Site"], "cross-site", StringComparison.OrdinalIgnoreCase);
        return simple && fromPage ? GatewayErrors.UnsupportedType("a web page must send application/json") : null;
    }
}
