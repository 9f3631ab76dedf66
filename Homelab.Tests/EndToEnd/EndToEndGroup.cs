namespace Homelab.Tests.EndToEnd;

/// <summary>Tests with real processes run one after the other, so that they do not starve each other of processors.</summary>
[CollectionDefinition(Name)]
public sealed class EndToEndGroup
{
    public const string Name = "End to end";
}
