using System.Diagnostics;
using System.Globalization;
using Homelab.Hardware;
using Homelab.Hardware.Nvml;

namespace Homelab.Bench.Devices;

/// <summary>What a refresh of the devices costs this process: eight GPUs told by a library of the tests' own, which answers at once, and main memory. What a real
/// driver takes on top is the driver's.</summary>
internal static class DeviceMeasurement
{
    private const int Gpus = 8;
    private const int Refreshes = 3000;

    public static int Run()
    {
        var folder = Directory.CreateTempSubdirectory("homelab-bench-").FullName;
        try
        {
            var library = Path.Combine(folder, "libnvidia-ml.so.1");
            var source = Path.GetFullPath(Path.Combine("Homelab.Tests", "Hardware", "Nvml", "fake-nvml.c"));
            if (!Compile(source, library))
            {
                Console.Error.WriteLine("bench: a C compiler (cc) is needed");
                return 1;
            }

            File.WriteAllText(library + ".script", string.Concat(Enumerable.Range(0, Gpus).Select(i => string.Create(CultureInfo.InvariantCulture, $"gpu GPU-{i:0000} GPU 25769803776 25769803776 0 1 40 30000 0\n"))));
            using var gpus = new NvmlProbe(() => NvmlLibrary.TryOpen(library), visible: null);
            using var guarded = new GuardedProbe(new NvmlProbe(() => NvmlLibrary.TryOpen(library), visible: null), TimeProvider.System);
            if (gpus.Read().Length != Gpus || guarded.Read().Length != Gpus)
            {
                Console.Error.WriteLine("bench: the library tells no GPUs");
                return 1;
            }

            Console.WriteLine("| one refresh | p50, µs | p99, µs | bytes allocated |");
            Console.WriteLine("| --- | ---: | ---: | ---: |");
            Report(Inv($"{Gpus} GPUs, on the caller's thread"), gpus);
            Report(Inv($"{Gpus} GPUs, on the thread of their own"), guarded);
            Report("main memory", new HostMemoryProbe());
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Report(string name, IDeviceProbe probe)
    {
        var times = new double[Refreshes];
        var bytes = 0L;
        for (var i = -200; i < Refreshes; i++)
        {
            var before = GC.GetTotalAllocatedBytes();
            var began = Stopwatch.GetTimestamp();
            probe.Read();
            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
                bytes += GC.GetTotalAllocatedBytes() - before;
            }
        }

        Array.Sort(times);
        Console.WriteLine(Inv($"| {name} | {times[Refreshes / 2]:0} | {times[Refreshes * 99 / 100]:0} | {bytes / Refreshes} |"));
    }

    private static bool Compile(string source, string library)
    {
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]));
            compiler!.WaitForExit();
            return compiler.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
