namespace Homelab.Engines.Simulated;

/// <summary>One <c>PARAMETER</c> line of a Modelfile.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Text">Its value; a list has one line for each.</param>
/// <param name="IsText">Whether it is shown in quotes.</param>
internal sealed record ModelParameter(string Key, string Text, bool IsText);
