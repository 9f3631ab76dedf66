using System.Collections.Immutable;
using System.Globalization;
using Homelab.Apps.Running;
using Homelab.Processes;
using Homelab.Tests.Architecture;
using Homelab.Tests.Processes;

namespace Homelab.Tests.Apps.Running;

/// <summary>The test app that is built with the tests, and what it needs to run.</summary>
internal static class SampleApp
{
    /// <summary>Its executable.</summary>
    public static string Path { get; } = System.IO.Path.Combine(SourceTree.Root, "Homelab.Tests.App", "bin", Configuration, "net10.0", OperatingSystem.IsWindows() ? "sample-app.exe" : "sample-app");

    /// <summary>Where its executable finds the runtime.</summary>
    public static string DotnetRoot { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static string Configuration => System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar)))!;

    /// <summary>A start of it at a free port.</summary>
    public static AppStart Start(TemporaryFolder folder, params string[] arguments) => At(FreePort.Choose(), folder, arguments);

    /// <summary>A start of it at that port.</summary>
    public static AppStart At(int port, TemporaryFolder folder, params string[] arguments)
    {
        var owner = new AppOwner(OrphanSweep.Mark(folder.Path), "sample");
        return new AppStart(
            "sample",
            [Path, "--port", port.ToString(CultureInfo.InvariantCulture), "--pids", folder.At("pids"), .. arguments],
            folder.Path,
            new Dictionary<string, string> { ["DOTNET_ROOT"] = DotnetRoot, ["PATH"] = "/usr/bin:/bin", [OrphanSweep.Variable] = owner.Daemon, [AppOwner.Variable] = owner.App },
            port,
            "/healthz",
            TimeSpan.FromSeconds(60),
            folder.At("logs", "sample.log"),
            owner);
    }

    /// <summary>The processes that it has been, and those that it started.</summary>
    public static ImmutableArray<int> Pids(TemporaryFolder folder) => Pids(folder.At("pids"));

    /// <inheritdoc cref="Pids(TemporaryFolder)"/>
    /// <param name="file">What <c>--pids</c> named.</param>
    public static ImmutableArray<int> Pids(string file) =>
        [.. RealProcess.Text(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
}
