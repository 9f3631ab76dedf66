using System.Globalization;
using Homelab.Telemetry;

namespace Homelab.Control;

/// <summary>Logs to a stream, one line a message: time, level, text. Control characters are replaced, because parts of a message
/// (a model's name, an engine's words) come from outside and a terminal would obey them.</summary>
internal sealed class LineLoggerProvider(TextWriter output, TimeProvider time) : ILoggerProvider
{
    private const int LongestLine = 64 * 1024;

    private readonly Lock _writing = new();

    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    public void Dispose()
    {
        // The stream is the process's own.
    }

    private void Write(LogLevel level, string message, Exception? fault)
    {
        var word = level switch { LogLevel.Error or LogLevel.Critical => "error", LogLevel.Warning => "warn", LogLevel.Information => "info", _ => "debug" };
        var detail = fault is null ? "" : " | " + fault;
        lock (_writing)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {word} {Printable.OneLine(message + detail, LongestLine)}"));
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
