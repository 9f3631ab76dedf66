namespace Homelab.Hardware.Nvml;

/// <summary>The answers of NVML that this probe tells apart (<c>nvmlReturn_t</c> of <c>nvml.h</c>).</summary>
internal enum NvmlResult
{
    Success = 0,
    Uninitialized = 1,
    NotSupported = 3,
    NotFound = 6,
    InsufficientSize = 7,
    DriverNotLoaded = 9,

    /// <summary>The library knows the function and the driver beneath it does not.</summary>
    FunctionNotFound = 13,
    GpuIsLost = 15,

    /// <summary>This library lacks the function; not one of NVML's own.</summary>
    Missing = -1,
}
