using Homelab.Tests.Hardware.Nvml;

namespace Homelab.Tests.EndToEnd;

/// <summary>A fact about the published executable that needs a C compiler.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute() =>
        Skip = HomelabExecutable.SkipReason ?? (ProgramSearch.Find("cc") is null ? $"cc is not on PATH; {FakeNvml.Source}" : null);
}
