using Homelab.Cli;

using var interruption = new Interruption();
return await CommandLine.RunAsync(args, CliEnvironment.OfProcess() with { Hurry = interruption.Hurry }, interruption.Token);
