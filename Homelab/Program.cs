using Homelab.Cli;
using Homelab.Processes;

if (ChildGuard.TryRun(args) is { } code)
{
    return code;
}

using var interruption = new Interruption();
return await CommandLine.RunAsync(args, CliEnvironment.OfProcess() with { Hurry = interruption.Hurry }, interruption.Token);
