using System.Globalization;
using Homelab.Bench;
using Homelab.Bench.Cluster;

// `mock PORT` is the child process that plays the engine, `swarm PORT NODES SECONDS` the one that plays machines; everything else is a measurement.
if (args is ["mock", var port])
{
    return MockUpstream.Run(int.Parse(port, CultureInfo.InvariantCulture));
}

if (args is ["swarm", var hub, var nodes, var seconds])
{
    return await Swarm.RunAsync(int.Parse(hub, CultureInfo.InvariantCulture), int.Parse(nodes, CultureInfo.InvariantCulture), TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
}

// A part's name first runs that part alone.
string? part = args is ["gateway" or "cluster", ..] ? args[0] : null;
if (BenchOptions.Read(part is null ? args : args[1..]) is not { } options)
{
    return 2;
}

var failed = part is "cluster" ? 0 : Measurement.Run(options);
if (part is not "gateway")
{
    Console.WriteLine();
    failed |= ClusterMeasurement.Run(options);
}

return failed;
