namespace Homelab.Control;

/// <summary>The types of event that tell who looked at a machine's files; data: <c>by</c>, <c>root</c>, <c>path</c>, and of a refusal <c>code</c>.</summary>
internal static class InfraEventTypes
{
    /// <summary>A folder was listed.</summary>
    public const string Listed = "infra.listed";

    /// <summary>A window of a file was read; further data: <c>offset_bytes</c>, <c>read_bytes</c>.</summary>
    public const string Read = "infra.read";

    /// <summary>Either was refused or failed; further data: <c>code</c>.</summary>
    public const string Refused = "infra.refused";
}
