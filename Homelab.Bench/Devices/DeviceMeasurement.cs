using System.Diagnostics;
using System.Globalization;
using Homelab.Hardware;
using Homelab.Hardware.Drm;
using Homelab.Hardware.Nvml;
using Homelab.Hardware.RocmSmi;

namespace Homelab.Bench.Devices;

/// <summary>Times one refresh of the devices of a machine with eight GPUs that are not there: a library that answers as NVIDIA's at once, and a copy of the kernel's files for
/// AMD. What a driver itself takes is not in it.</summary>
internal static class DeviceMeasurement
{
    private const int Gpus = 8;

    public static int Run()
    {
        var root = Directory.CreateTempSubdirectory("homelab-bench-devices-").FullName;
        try
        {
            var sources = Path.GetFullPath(Path.Combine("Homelab.Tests", "Hardware"));
            Console.WriteLine("| one refresh | p50, µs | p99, µs | bytes allocated |");
            Console.WriteLine("| --- | ---: | ---: | ---: |");
            if (Compile(Path.Combine(sources, "Nvml", "fake-nvml.c"), Path.Combine(root, "nvml.so")) is { } nvml)
            {
                File.WriteAllLines(nvml + ".script", Enumerable.Range(0, Gpus).Select(i => string.Create(CultureInfo.InvariantCulture, $"gpu GPU-{i:x8} NVIDIA_H100 85899345920 81604378624 536870912 37 61 120500 0")));
                using var probe = new NvmlProbe(() => NvmlLibrary.TryOpen(nvml), null);
                Report("8 NVIDIA GPUs, NVML", probe, Gpus);
                using var guarded = new GuardedProbe(new NvmlProbe(() => NvmlLibrary.TryOpen(nvml), null), TimeProvider.System);
                Report("the same on a thread of its own, as the daemon asks", guarded, Gpus);
            }

            WriteAmd(root);
            using (var files = new AmdProbe(root, static () => null, static _ => null))
            {
                Report("8 AMD GPUs, the kernel's files", files, Gpus);
            }

            if (Compile(Path.Combine(sources, "RocmSmi", "fake-amd.c"), Path.Combine(root, "rocm.so")) is { } rocm)
            {
                File.WriteAllLines(rocm + ".script", Enumerable.Range(0, Gpus).Select(i => string.Create(CultureInfo.InvariantCulture, $"gpu Instinct {(i + 1) << 8:x} 25769803776 4294967296 17179869184 0 42 55 99500000")));
                using var probe = new AmdProbe(root, () => RocmSmiLibrary.TryOpen([rocm]), static _ => null);
                Report("8 AMD GPUs, ROCm SMI and the files", probe, Gpus);
            }

            Report("main memory with its limits", new HostMemoryProbe(), 1);
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void Report(string what, IDeviceProbe probe, int expected)
    {
        var times = new double[2000];
        var bytes = 0L;
        for (var i = -500; i < times.Length; i++)
        {
            var before = GC.GetTotalAllocatedBytes();
            var began = Stopwatch.GetTimestamp();
            var devices = probe.Read();
            var took = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
            if (devices.Length != expected)
            {
                throw new InvalidOperationException($"{what}: {devices.Length} devices instead of {expected}");
            }

            if (i >= 0)
            {
                times[i] = took;
                bytes += GC.GetTotalAllocatedBytes() - before;
            }
        }

        Array.Sort(times);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {times[times.Length / 2]:0} | {times[times.Length * 99 / 100]:0} | {bytes / times.Length} |"));
    }

    private static void WriteAmd(string root)
    {
        for (var i = 0; i < Gpus; i++)
        {
            var device = $"sys/class/drm/card{i}/device";
            Write(root, $"{device}/uevent", string.Create(CultureInfo.InvariantCulture, $"DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:744C\nPCI_SLOT_NAME=0000:{i + 1:x2}:00.0\n"));
            Write(root, $"{device}/mem_info_vram_total", "25769803776\n");
            Write(root, $"{device}/mem_info_vram_used", "4294967296\n");
            Write(root, $"{device}/mem_info_gtt_total", "17179869184\n");
            Write(root, $"{device}/mem_info_gtt_used", "134217728\n");
            Write(root, $"{device}/gpu_metrics", "\u0078\0\u0001\u0003");
            Write(root, $"{device}/gpu_busy_percent", "37\n");
            Write(root, $"{device}/current_link_speed", "16.0 GT/s PCIe\n");
            Write(root, $"{device}/current_link_width", "16\n");
            Write(root, $"{device}/power/runtime_status", "active\n");
            Write(root, $"{device}/hwmon/hwmon3/temp1_input", "61000\n");
            Write(root, $"{device}/hwmon/hwmon3/power1_average", "120500000\n");
            Write(root, $"sys/class/kfd/kfd/topology/nodes/{i + 1}/properties", string.Create(CultureInfo.InvariantCulture, $"simd_count 192\ngfx_target_version 110000\nlocation_id {(i + 1) << 8}\ndomain 0\nunique_id {i + 1}\n"));
        }
    }

    private static void Write(string root, string path, string text)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    /// <summary>The library; null, with a row that says so, where there is no C compiler.</summary>
    private static string? Compile(string source, string library)
    {
        try
        {
            using var compiler = Process.Start("cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]);
            compiler.WaitForExit();
            if (compiler.ExitCode == 0)
            {
                return library;
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Not found.
        }

        Console.WriteLine($"| not measured: no C compiler for {Path.GetFileName(source)} | | | |");
        return null;
    }
}
