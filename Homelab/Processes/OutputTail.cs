using System.Text;
using Homelab.Telemetry;

namespace Homelab.Processes;

/// <summary>The last lines that a process printed, for messages about how it ended. However much is printed, no more is kept. Safe from any thread.</summary>
internal sealed class OutputTail
{
    private const int MostLines = 20;
    private const int LongestLine = 400;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly byte[] _line = new byte[LongestLine];
    private int _length;

    /// <summary>Takes in what was printed, in pieces of any size.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            // Of gigabytes only the end can be among the last lines.
            const int most = MostLines * LongestLine * 4;
            if (bytes.Length > most)
            {
                bytes = bytes[^most..];
            }

            while (!bytes.IsEmpty)
            {
                var end = bytes.IndexOf((byte)'\n');
                var piece = end < 0 ? bytes : bytes[..end];
                var room = Math.Min(piece.Length, LongestLine - _length);
                piece[..room].CopyTo(_line.AsSpan(_length));
                _length += room;
                if (end < 0)
                {
                    return;
                }

                End();
                bytes = bytes[(end + 1)..];
            }
        }
    }

    /// <summary>The last lines, oldest first, printable, empty ones left out.</summary>
    public IReadOnlyList<string> Lines()
    {
        lock (_lock)
        {
            return _length == 0 ? [.. _lines] : [.. _lines.Append(Text()).TakeLast(MostLines)];
        }
    }

    private void End()
    {
        var text = Text();
        _length = 0;
        if (text.Length == 0)
        {
            return;
        }

        if (_lines.Count == MostLines)
        {
            _lines.Dequeue();
        }

        _lines.Enqueue(text);
    }

    private string Text() => Printable.OneLine(Encoding.UTF8.GetString(_line, 0, _length).TrimEnd(), LongestLine);
}
