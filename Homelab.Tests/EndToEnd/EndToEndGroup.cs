using Homelab.Tests.EndToEnd.Engines;

namespace Homelab.Tests.EndToEnd;

/// <summary>Tests with real processes run one after the other and beside nothing else: they would starve each other of processors, and a process that is
/// started while another test writes a script holds that script open, so that it cannot be run (ETXTBSY).</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EndToEndGroup : ICollectionFixture<RealOllamaModels>
{
    public const string Name = "End to end";
}
