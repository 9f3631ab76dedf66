namespace Homelab.Gateway.Transport;

/// <summary>The bytes of an answer's body as they come in.</summary>
internal interface IAnswerSource
{
    /// <summary>Whether the body's end was seen: the next read gives 0 without waiting. False says nothing.</summary>
    bool AtEnd { get; }

    /// <summary>Reads what is there, waiting for the first byte of it.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="IOException">The body broke off, or its framing did.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation);
}
