using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Homelab.Gateway.Forwarding;

/// <summary>Puts the name that a client asked for in the place of an internal one (of a derived model that carries a context) wherever an answer says
/// which model made it. Quotes within an answer's texts are escaped, so that its contents never match.</summary>
internal sealed class ModelRename
{
    private readonly byte[] _from;
    private readonly byte[] _to;
    private readonly string _internal;
    private readonly string _asked;

    /// <param name="upstreamModel">The name as the upstream was told it, and says it.</param>
    /// <param name="asked">The name as the client wrote it.</param>
    public ModelRename(string upstreamModel, string asked)
    {
        _internal = upstreamModel;
        _asked = asked;
        _from = Encoding.UTF8.GetBytes($"\"model\":\"{upstreamModel}\"");
        _to = [.. "\"model\":\""u8, .. JsonEncodedText.Encode(asked).EncodedUtf8Bytes, (byte)'"'];
    }

    /// <summary>Writes bytes with every whole occurrence replaced.</summary>
    public void Write(IBufferWriter<byte> target, ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf(_from) is >= 0 and var at)
        {
            target.Write(bytes[..at]);
            target.Write(_to);
            bytes = bytes[(at + _from.Length)..];
        }

        target.Write(bytes);
    }

    /// <summary>How much of a document's piece can be written: an occurrence may have begun behind it.</summary>
    public int Settled(ReadOnlySpan<byte> piece)
    {
        var last = piece.LastIndexOf(_from);
        return Math.Max(last < 0 ? 0 : last + _from.Length, Math.Max(0, piece.Length - _from.Length + 1));
    }

    /// <summary>The same for an error's text, which may name the model anywhere.</summary>
    public string In(string message) => message.Replace(_internal, _asked, StringComparison.Ordinal);
}
