using System.Globalization;

namespace Homelab.Control;

/// <summary>What daemon and hub read of a call for files in the same way.</summary>
internal static class InfraCall
{
    /// <summary>What is answered where the offset is none.</summary>
    public static InfraProblem OffsetProblem { get; } = new(InfraProblem.Invalid, "offset must be a number of bytes; a negative one counts from the end", "offset");

    /// <summary>Reads the offset; an absent one is 0.</summary>
    public static bool TryOffset(string text, out long offset)
    {
        offset = 0;
        return text.Length == 0 || long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out offset);
    }
}
