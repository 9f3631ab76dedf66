using System.Buffers;
using System.Text.Json;

namespace Homelab.Gateway.Routes;

/// <summary>Sends a small JSON document of our own.</summary>
internal static class JsonAnswer
{
    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return WriteAsync(context, "application/json", buffer.WrittenMemory);
    }

    /// <summary>Sends a whole document; to HEAD only its head.</summary>
    public static Task WriteAsync(HttpContext context, string contentType, ReadOnlyMemory<byte> body)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
