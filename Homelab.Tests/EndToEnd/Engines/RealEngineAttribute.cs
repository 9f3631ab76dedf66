using System.Reflection;
using Xunit.Sdk;

namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>Runs a scenario of the published executable before the real Ollama, where there is one.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RealEngineAttribute : DataAttribute
{
    private readonly object[] _more;

    /// <param name="more">Further arguments of the scenario.</param>
    public RealEngineAttribute(params object[] more)
    {
        _more = more;
        Skip = RealOllamaExecutable.SkipReason;
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[EngineKind.Real, .. _more]];
}
