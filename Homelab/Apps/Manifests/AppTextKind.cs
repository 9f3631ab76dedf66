namespace Homelab.Apps.Manifests;

/// <summary>What a piece of a text with placeholders is.</summary>
internal enum AppTextKind
{
    /// <summary>Stands for itself.</summary>
    Literal,

    /// <summary>The name of a placeholder.</summary>
    Placeholder,

    /// <summary><c>${env:NAME}</c> or <c>${file:PATH}</c>, whole.</summary>
    Reference,
}
