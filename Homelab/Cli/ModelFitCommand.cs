using System.CommandLine;
using System.Globalization;
using Homelab.Cli.Views;
using Homelab.Configuration;
using Homelab.Contracts;
using Homelab.Control;
using Homelab.Domain.Models;
using Homelab.Domain.Residency;
using Homelab.Engines.Gguf;
using Homelab.Roles.Daemon;

namespace Homelab.Cli;

/// <summary><c>homelab models fit MODEL [--context N]</c>: asks the daemon about a model of its engine; a GGUF file is read here, and no daemon is needed.</summary>
internal static class ModelFitCommand
{
    private const string Extension = ".gguf";

    public static Command Create(CommandAction action)
    {
        var model = new Argument<string>("model") { Description = "Model or alias, or the path of a GGUF file" };
        var tokens = new Option<int?>("--context") { Description = "Tokens of context [default: what a load would get]", HelpName = "tokens" };
        tokens.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number < 1)
            {
                result.AddError("--context is a number of tokens from 1 on");
            }
        });
        return action.On(new Command("fit", "Show whether, where and with what context a model fits this machine; loads nothing") { model, tokens }, async (context, cancellation) =>
        {
            var name = context.Arguments.GetRequiredValue(model);
            var wanted = context.Arguments.GetValue(tokens);
            var fit = name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
                ? OfFile(context, name, wanted)
                : await context.Client.FitAsync(name, wanted, cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(fit, ContractsJson.Default.FitWire);
            }
            else
            {
                context.Terminal.Write(FitView.Build(fit, context.Terminal.IsRich));
            }

            return ExitCodes.Done;
        });
    }

    /// <summary>By this machine's devices as they are read now, under the rules of its configuration, as if nothing were loaded.</summary>
    private static FitWire OfFile(CommandContext context, string path, int? tokens)
    {
        GgufFacts facts;
        try
        {
            facts = GgufModelFile.Read(path);
        }
        catch (Exception problem) when (problem is GgufException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {problem.Message}", ExitCodes.Failed);
        }

        var loaded = ConfigurationLoader.Load(null, context.World.Variables, []);
        if (loaded.Config is not { } config)
        {
            throw new CommandException("the configuration is not right; see: homelab config check", ExitCodes.Configuration);
        }

        var file = Path.GetFileName(path);
        var name = ModelName.Parse("file");
        var readings = config.Daemon.Memory.Devices is { Count: > 0 } declared ? DaemonEngine.Readings(declared) : context.World.Probe.Read();
        var node = ResidencyReducer.Apply(
            new ResidencySnapshot { Policy = DaemonSettings.From(config).Policy, UsesGpus = true },
            new ResidencyEvent.DevicesObserved(readings),
            TimeSpan.Zero,
            []).Snapshot;
        var record = new ModelRecord(name, ModelState.OnDisk) { Facts = facts, Installed = new InstalledModel(name, "", facts.WeightBytes, []) };
        return FitWires.Of(FitPlanner.Of(node, record, tokens), file, "", facts);
    }
}
