using System.Globalization;
using Homelab.Bench;
using Homelab.Bench.Cluster;
using Homelab.Bench.Devices;
using Homelab.Bench.Estimates;
using Homelab.Bench.Placement;

// `mock PORT` is the child process that plays the engine, `swarm PORT NODES SECONDS` the one that plays machines; everything else is a measurement.
if (args is ["mock", var port])
{
    return MockUpstream.Run(int.Parse(port, CultureInfo.InvariantCulture));
}

if (args is ["swarm", var hub, var nodes, var seconds])
{
    return await Swarm.RunAsync(int.Parse(hub, CultureInfo.InvariantCulture), int.Parse(nodes, CultureInfo.InvariantCulture), TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
}

// A part's name runs that part alone.
string[] parts = ["gateway", "cluster", "placement", "policy", "devices", "estimates"];
var part = args.FirstOrDefault(parts.Contains);
if (part is "placement" or "policy")
{
    (part is "placement" ? (Action)PlacementMeasurement.Run : PolicyMeasurement.Run)();
    return 0;
}

if (part is "estimates")
{
    EstimateMeasurement.Run();
    return 0;
}

if (part is "devices")
{
    return DeviceMeasurement.Run();
}

if (BenchOptions.Read([.. args.Where(a => a != part)]) is not { } options)
{
    return 2;
}

var failed = part is "cluster" ? 0 : Measurement.Run(options);
if (part is not "gateway")
{
    Console.WriteLine();
    failed |= ClusterMeasurement.Run(options);
}

if (part is null)
{
    Console.WriteLine();
    PlacementMeasurement.Run();
    Console.WriteLine();
    PolicyMeasurement.Run();
    Console.WriteLine();
    EstimateMeasurement.Run();
    if (OperatingSystem.IsLinux())
    {
        Console.WriteLine();
        failed |= DeviceMeasurement.Run();
    }
}

return failed;
