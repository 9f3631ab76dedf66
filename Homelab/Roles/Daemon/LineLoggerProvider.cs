using System.Globalization;

namespace Homelab.Roles.Daemon;

/// <summary>Logs to a stream, one line a message: time, level, text. Control characters are replaced, because parts of a message
/// (a model's name, an engine's words) come from outside and a terminal would obey them.</summary>
internal sealed class LineLoggerProvider(TextWriter output, TimeProvider time) : ILoggerProvider
{
    private readonly Lock _writing = new();

    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    public void Dispose()
    {
        // The stream is the process's own.
    }

    private static string Clean(string text)
    {
        var dirty = text.AsSpan().IndexOfAnyInRange('\0', '\u001f') >= 0 || text.Contains('\u007f');
        return dirty ? string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        }) : text;
    }

    private void Write(LogLevel level, string message, Exception? fault)
    {
        var word = level switch { LogLevel.Error or LogLevel.Critical => "error", LogLevel.Warning => "warn", LogLevel.Information => "info", _ => "debug" };
        var detail = fault is null ? "" : " | " + fault;
        lock (_writing)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {word} {Clean(message + detail)}"));
            output.Flush();
        }
    }

    /// <summary>The logger of every category: the lines name none.</summary>
    private sealed class LineLogger(LineLoggerProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(logLevel, formatter(state, exception), exception);
    }
}
