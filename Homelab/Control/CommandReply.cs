using System.Text.Json;
using Homelab.Contracts;

namespace Homelab.Control;

/// <summary>The answer to a command: one JSON object, or with <c>?progress=true</c> a stream of NDJSON lines.</summary>
internal sealed class CommandReply
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();

    private readonly HttpContext _context;

    public CommandReply(HttpContext context)
    {
        _context = context;
        Streams = string.Equals(context.Request.Query[ControlRoutes.ProgressQuery], "true", StringComparison.OrdinalIgnoreCase);
        if (Streams)
        {
            context.Response.ContentType = ControlRoutes.ProgressMediaType;
        }
    }

    /// <summary>Whether the caller wants to follow.</summary>
    public bool Streams { get; }

    /// <summary>Sends a line to a caller who follows.</summary>
    public async Task ReportAsync(ProgressWire line)
    {
        if (Streams)
        {
            await WriteLineAsync(line).ConfigureAwait(false);
        }
    }

    public Task DoneAsync(ModelCommandResultWire result) => Streams
        ? WriteLineAsync(new ProgressWire("done", Done: true, Result: result))
        : ControlReply.WriteAsync(_context, result, ContractsJson.Default.ModelCommandResultWire);

    public Task FailAsync(int status, string code, string message) => Streams && _context.Response.HasStarted
        ? WriteLineAsync(new ProgressWire("failed", Done: true, Error: ControlReply.Error(status, code, message)))
        : ControlReply.FailAsync(_context, status, code, message);

    private async Task WriteLineAsync(ProgressWire line)
    {
        await JsonSerializer.SerializeAsync(_context.Response.Body, line, ContractsJson.Default.ProgressWire, _context.RequestAborted).ConfigureAwait(false);
        await _context.Response.Body.WriteAsync(NewLine, _context.RequestAborted).ConfigureAwait(false);
        await _context.Response.Body.FlushAsync(_context.RequestAborted).ConfigureAwait(false);
    }
}
