using System.CommandLine;
using Homelab.Cli.Views;
using Homelab.Contracts;

namespace Homelab.Cli;

/// <summary><c>homelab models alias [NAME [MODEL...]]</c>: lists the hub's own names, sets one, or with <c>--remove</c> takes one back. Only a hub keeps such
/// names; a machine's own are in its configuration.</summary>
internal static class ModelAliasCommand
{
    public static Command Create(CommandAction action)
    {
        var name = new Argument<string?>("name") { Description = "The other name; absent: list them all", Arity = ArgumentArity.ZeroOrOne };
        var models = new Argument<string[]>("model") { Description = "What it stands for, best first", Arity = ArgumentArity.ZeroOrMore };
        var remove = new Option<bool>("--remove") { Description = "Take the name back" };
        var command = new Command("alias", "List, set and remove other names of models at the hub") { name, models, remove };
        command.Validators.Add(result =>
        {
            var (hasName, hasModels, removes) = (result.GetResult(name) is { Tokens.Count: > 0 }, result.GetResult(models) is { Tokens.Count: > 0 }, result.GetResult(remove) is { Implicit: false });
            if (removes && (!hasName || hasModels))
            {
                result.AddError("--remove takes one name and no models");
            }
            else if (hasName && !hasModels && !removes)
            {
                result.AddError("name the models that it is to stand for, or give --remove");
            }
        });
        return action.On(command, (context, cancellation) => RunAsync(
            context, context.Arguments.GetValue(name), context.Arguments.GetValue(models) ?? [], context.Arguments.GetValue(remove), cancellation));
    }

    private static async Task<int> RunAsync(CommandContext context, string? name, string[] models, bool removes, CancellationToken cancellation)
    {
        if (name is null)
        {
            var aliases = await context.Client.AliasesAsync(cancellation).ConfigureAwait(false);
            if (context.Terminal.Json)
            {
                context.Terminal.WriteJson(aliases, ContractsJson.Default.IReadOnlyListAliasWire);
            }
            else
            {
                context.Terminal.Write(AliasListView.Build(aliases));
            }

            return ExitCodes.Done;
        }

        var alias = removes
            ? await context.Client.RemoveAliasAsync(name, cancellation).ConfigureAwait(false)
            : await context.Client.SetAliasAsync(name, new AliasRequestWire(models), cancellation).ConfigureAwait(false);
        if (context.Terminal.Json)
        {
            context.Terminal.WriteJson(alias, ContractsJson.Default.AliasWire);
        }
        else
        {
            context.Terminal.WriteLine(removes ? $"{alias.Alias} is no name any more" : $"{alias.Alias} is another name of {string.Join(", ", alias.Of)}");
        }

        return ExitCodes.Done;
    }
}
