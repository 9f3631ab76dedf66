namespace Homelab.Domain.Models;

/// <summary>Element type of the KV cache, as llama.cpp names them.</summary>
internal enum KeyValueCacheType
{
    /// <summary>16-bit floats, 2 bytes an element.</summary>
    F16,

    /// <summary>Blocks of 32 eight-bit values and a scale, 34/32 bytes an element.</summary>
    Q8,

    /// <summary>Blocks of 32 four-bit values and a scale, 18/32 bytes an element.</summary>
    Q4,
}
