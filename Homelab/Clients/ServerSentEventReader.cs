using System.Globalization;
using System.Text;

namespace Homelab.Clients;

/// <summary>Reads a <c>text/event-stream</c> (WHATWG HTML, section 9.2.6) with bounded lines and events. Disposing it disposes the lines.</summary>
internal sealed class ServerSentEventReader(BoundedLineReader lines, int longestData) : IAsyncDisposable
{
    /// <summary>The next event; null at the end. A half event at the end is dropped, as the standard says.</summary>
    /// <exception cref="InvalidDataException">The event is too long.</exception>
    /// <exception cref="IOException">The stream broke, or nothing came for too long.</exception>
    public async ValueTask<ServerSentEvent?> ReadAsync(CancellationToken cancellation)
    {
        string? id = null;
        TimeSpan? retry = null;
        StringBuilder? data = null;
        while (await lines.ReadAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0)
            {
                if (data is not null || retry is not null)
                {
                    return new ServerSentEvent(id, data?.ToString() ?? "", retry);
                }

                continue;
            }

            var (field, value) = Split(line);
            switch (field)
            {
                case "id" when !value.Contains('\0'):
                    id = value;
                    break;
                case "retry" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds):
                    retry = TimeSpan.FromMilliseconds(milliseconds);
                    break;
                case "data":
                    data = data is null ? new StringBuilder() : data.Append('\n');
                    if (data.Length + value.Length > longestData)
                    {
                        throw new InvalidDataException($"an event is longer than {longestData} characters");
                    }

                    data.Append(value);
                    break;
                default:
                    // Comments and fields that nobody here needs.
                    break;
            }
        }

        return null;
    }

    public ValueTask DisposeAsync() => lines.DisposeAsync();

    private static (string Field, string Value) Split(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return (line, "");
        }

        var value = line.AsSpan(colon + 1);
        return (line[..colon], (value.StartsWith(" ") ? value[1..] : value).ToString());
    }
}
