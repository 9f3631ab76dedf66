namespace Homelab.Engines.Simulated;

/// <summary>The form that an answer must have.</summary>
internal enum AnswerFormat
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>Any JSON object.</summary>
    Json,

    /// <summary>JSON by a schema.</summary>
    Schema,
}
