using Homelab.Cli;

return await RootCommandFactory.Create().Parse(args).InvokeAsync();
