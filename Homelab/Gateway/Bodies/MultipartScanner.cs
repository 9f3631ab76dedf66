using System.Buffers;
using System.Text;
using Homelab.Gateway.Errors;
using Microsoft.Net.Http.Headers;

namespace Homelab.Gateway.Bodies;

/// <summary>Finds the <c>model</c> and <c>stream</c> parts of a <c>multipart/form-data</c> body (audio, images). The files in it are stepped over, never copied.</summary>
internal static class MultipartScanner
{
    private const int LongestBoundary = 200;

    private const int LongestHeaders = 8 * 1024;

    private const int MostParts = 256;

    /// <param name="contentType">The request's content type, with the boundary.</param>
    /// <param name="bytes">The whole body.</param>
    /// <param name="facts">What was found.</param>
    public static GatewayError? Scan(string contentType, ReadOnlySequence<byte> bytes, out BodyFacts facts)
    {
        facts = new BodyFacts { ModelIsBare = true };
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= LongestBoundary } boundary)
        {
            return GatewayErrors.Invalid("the content type names no multipart boundary");
        }

        var delimiter = Encoding.UTF8.GetBytes("\r\n--" + boundary);
        var reader = new SequenceReader<byte>(bytes);

        // The first delimiter has no line break before it where there is no preamble.
        if (!reader.IsNext(delimiter.AsSpan(2), advancePast: true) && !reader.TryReadTo(out ReadOnlySequence<byte> _, delimiter))
        {
            return GatewayErrors.Invalid("the multipart body does not hold its boundary");
        }

        for (var parts = 0; !reader.IsNext("--"u8); parts++)
        {
            if (parts == MostParts)
            {
                return GatewayErrors.Invalid($"the multipart body has more than {MostParts} parts");
            }

            if (!reader.TryReadTo(out ReadOnlySequence<byte> headers, "\r\n\r\n"u8) || headers.Length > LongestHeaders)
            {
                return GatewayErrors.Invalid("a part of the multipart body has no end of its headers");
            }

            var start = reader.Consumed;
            if (!reader.TryReadTo(out ReadOnlySequence<byte> value, delimiter))
            {
                return GatewayErrors.Invalid("the multipart body ends within a part");
            }

            if (!TryReadName(headers, out var name))
            {
                return GatewayErrors.Invalid("a part of the multipart body has a folded header or an encoded name; send a plain name");
            }

            if (ReadPart(name, value, start, facts) is { } refused)
            {
                return refused;
            }
        }

        return facts.ModelValue.IsEmpty ? GatewayErrors.Invalid("model is required", "model") : null;
    }

    private static GatewayError? ReadPart(string name, ReadOnlySequence<byte> value, long start, BodyFacts facts)
    {
        switch (name)
        {
            case "model" when !facts.ModelValue.IsEmpty:
                return GatewayErrors.Invalid("the model is given twice", "model");
            case "model":
                if (value.Length > 4096 || !Utf8Check.IsValid(value))
                {
                    return GatewayErrors.Invalid("model is not a model's name", "model");
                }

                facts.Model = Encoding.UTF8.GetString(value);
                facts.ModelValue = new ByteRange(start, start + value.Length);
                return BodyScanner.CheckModel(facts.Model);
            case "stream" when value.Length <= 8:
                facts.Stream = string.Equals(Encoding.UTF8.GetString(value), "true", StringComparison.OrdinalIgnoreCase);
                return null;
            default:
                return name.ToUpperInvariant() is "MODEL" ? GatewayErrors.Invalid("the field 'model' is not in lower case", "model") : null;
        }
    }

    /// <summary>The part's field name; empty for a file or where there is none.</summary>
    /// <returns>False where Go's reader, which Ollama uses, would find a name that this one does not look for: in a folded line, or encoded (<c>name*</c>).</returns>
    private static bool TryReadName(ReadOnlySequence<byte> headers, out string name)
    {
        name = "";
        var found = false;
        foreach (var line in Encoding.UTF8.GetString(headers).Split("\r\n"))
        {
            if (line.StartsWith(' ') || line.StartsWith('\t'))
            {
                return line.AsSpan().Trim().IsEmpty;
            }

            if (found || !line.StartsWith("Content-Disposition:", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            // Only the first of several counts.
            found = true;
            if (!ContentDispositionHeaderValue.TryParse(line["Content-Disposition:".Length..].Trim(), out var disposition))
            {
                continue;
            }

            if (disposition.Parameters.Any(p => p.Name.StartsWith("name*", StringComparison.OrdinalIgnoreCase)))
            {
                return false;
            }

            if (HeaderUtilities.RemoveQuotes(disposition.FileName).Length == 0 && disposition.FileNameStar.Length == 0)
            {
                name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
            }
        }

        return true;
    }
}
