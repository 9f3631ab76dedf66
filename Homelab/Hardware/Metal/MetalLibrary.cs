using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Homelab.Hardware.Metal;

/// <summary>What Apple's Metal says of the machine's GPU, by messages to its Objective-C object; and the limit that the owner may have set by hand.</summary>
/// <remarks>Apple's documentation of MTLDevice. Bound by name at the first call: nothing is loaded on other systems.</remarks>
[SupportedOSPlatform("macos")]
internal static unsafe class MetalLibrary
{
    private const string Framework = "/System/Library/Frameworks/Metal.framework/Metal";
    private const string ObjectiveC = "/usr/lib/libobjc.A.dylib";
    private const string SystemLibrary = "/usr/lib/libSystem.dylib";

    /// <summary>Reads the GPU; null where there is none, or one with memory of its own (an Intel Mac's).</summary>
    public static MetalReading? Read()
    {
        var device = CreateSystemDefaultDevice();
        if (device == 0)
        {
            return null;
        }

        try
        {
            return SendBool(device, Selector("hasUnifiedMemory"u8)) == 0 ? null : new MetalReading(
                Marshal.PtrToStringUTF8(SendPointer(SendPointer(device, Selector("name"u8)), Selector("UTF8String"u8))),
                (long)Math.Min(SendNumber(device, Selector("recommendedMaxWorkingSetSize"u8)), long.MaxValue),
                WiredLimit());
        }
        finally
        {
            _ = SendPointer(device, Selector("release"u8));
        }
    }

    /// <summary><c>sysctl iogpu.wired_limit_mb</c>: 0, or missing, where the owner left the system's own limit.</summary>
    private static long WiredLimit()
    {
        var megabytes = 0;
        nuint size = sizeof(int);
        fixed (byte* name = "iogpu.wired_limit_mb\0"u8)
        {
            return ReadByName(name, &megabytes, &size, null, 0) == 0 && megabytes > 0 ? (long)megabytes << 20 : 0;
        }
    }

    private static nint Selector(ReadOnlySpan<byte> name)
    {
        // A literal in UTF-8 has a zero behind it.
        fixed (byte* text = name)
        {
            return RegisterName(text);
        }
    }

    [DllImport(Framework, EntryPoint = "MTLCreateSystemDefaultDevice")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint CreateSystemDefaultDevice();

    [DllImport(ObjectiveC, EntryPoint = "sel_registerName")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint RegisterName(byte* name);

    [DllImport(ObjectiveC, EntryPoint = "objc_msgSend")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint SendPointer(nint receiver, nint selector);

    [DllImport(ObjectiveC, EntryPoint = "objc_msgSend")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern ulong SendNumber(nint receiver, nint selector);

    [DllImport(ObjectiveC, EntryPoint = "objc_msgSend")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern byte SendBool(nint receiver, nint selector);

    [DllImport(SystemLibrary, EntryPoint = "sysctlbyname")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int ReadByName(byte* name, void* value, nuint* size, void* newValue, nuint newSize);
}
