using System.Globalization;
using Homelab.Bench;

// `mock PORT` is the child process that plays the engine; everything else is a measurement.
if (args is ["mock", var port])
{
    return MockUpstream.Run(int.Parse(port, CultureInfo.InvariantCulture));
}

return BenchOptions.Read(args) is { } options ? Measurement.Run(options) : 2;
