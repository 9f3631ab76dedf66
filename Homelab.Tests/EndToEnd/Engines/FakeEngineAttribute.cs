using System.Reflection;
using Xunit.Sdk;

namespace Homelab.Tests.EndToEnd.Engines;

/// <summary>Runs a scenario of the published executable before a fake Ollama.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class FakeEngineAttribute : DataAttribute
{
    private readonly object[] _more;

    /// <param name="more">Further arguments of the scenario.</param>
    public FakeEngineAttribute(params object[] more)
    {
        _more = more;
        Skip = HomelabExecutable.SkipReason;
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[EngineKind.Fake, .. _more]];
}
