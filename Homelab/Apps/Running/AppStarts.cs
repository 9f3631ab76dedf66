using System.Collections.Immutable;
using Homelab.Apps.Catalog;
using Homelab.Apps.Manifests;
using Homelab.Configuration;
using Homelab.Domain.Memory;
using Homelab.Processes;

namespace Homelab.Apps.Running;

/// <summary>Resolves a manifest into what is started: placeholders, program, folder, environment.</summary>
/// <param name="folder">Where logs lie, and whose daemon this is.</param>
/// <param name="environment">The daemon's own variables.</param>
/// <param name="guard">Our own native executable; null where there is none.</param>
internal sealed class AppStarts(HomelabFolder folder, IReadOnlyDictionary<string, string> environment, string? guard)
{
    /// <summary>Where drivers and their libraries are told which devices to use.</summary>
    private static readonly string[] Passed = ["CUDA_", "NVIDIA_", "ROCR_", "HIP_", "HSA_", "GGML_"];

    private readonly string _mark = OrphanSweep.Mark(folder.Root);

    /// <summary>Ends what a daemon of this folder left running that was killed. Belongs before anything is started.</summary>
    public static int EndOrphans(HomelabFolder folder) => OrphanSweep.Kill(folder.Root);

    /// <summary>Where the output of an app goes.</summary>
    public static string LogOf(HomelabFolder folder, string app) => Path.Combine(folder.Logs, "apps", app + ".log");

    /// <exception cref="AppStartException">Something that it names is not there.</exception>
    public AppStart Of(AppManifest manifest, string files, int port, ImmutableArray<DeviceAllocation> allocation, IReadOnlyDictionary<string, DeviceSnapshot> devices)
    {
        var values = new AppValues(port, files, manifest.Name);
        var working = manifest.WorkingDirectory ?? files;
        var command = manifest.Command.Select(text => AppText.Fill(text, values)).ToImmutableArray();
        if (ProgramLookup.Find(command[0], working, environment.GetValueOrDefault("PATH"), out var missing) is not { } program)
        {
            throw new AppStartException(AppStartFailure.Unstartable, $"command: '{command[0]}' {missing}");
        }

        if (AppEnvironment.Resolve(manifest, values, environment, out var wrong) is not { } variables)
        {
            throw new AppStartException(AppStartFailure.Unstartable, wrong ?? "its environment cannot be made");
        }

        var owner = new AppOwner(_mark, manifest.Name);
        variables[OrphanSweep.Variable] = owner.Daemon;
        variables[AppOwner.Variable] = owner.App;
        foreach (var (name, value) in VisibleDevices(allocation, devices))
        {
            variables.TryAdd(name, value);
        }

        return new AppStart(
            manifest.Name,
            [program, .. command[1..]],
            working,
            ChildEnvironment.Build(Passed, variables),
            port,
            manifest.Health,
            manifest.StartTimeout,
            LogOf(folder, manifest.Name),
            owner,
            guard);
    }

    /// <summary>On a machine with several NVIDIA GPUs an app is shown those that its memory was reserved on; what its manifest says itself goes before.</summary>
    private static IEnumerable<KeyValuePair<string, string>> VisibleDevices(ImmutableArray<DeviceAllocation> allocation, IReadOnlyDictionary<string, DeviceSnapshot> devices)
    {
        var all = devices.Values.Where(d => d.Kind == DeviceKind.Cuda).ToList();
        var used = all.Where(d => allocation.Any(a => a.Device == d.Name)).Select(d => d.Facts?.Uuid).ToList();
        if (all.Count > 1 && used.Count > 0 && used.TrueForAll(uuid => uuid is { Length: > 0 }))
        {
            yield return KeyValuePair.Create("CUDA_VISIBLE_DEVICES", string.Join(',', used));
        }
    }
}
