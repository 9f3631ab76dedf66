namespace Homelab.Tests.Fakes.Gguf;

/// <summary>Gives one row of a tensor its values; they are zero before. Called once for each row, in order.</summary>
internal delegate void RowFill(int row, Span<float> values);
