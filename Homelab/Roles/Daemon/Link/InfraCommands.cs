using Homelab.Contracts;
using Homelab.Roles.Daemon.Infra;

namespace Homelab.Roles.Daemon.Link;

/// <summary>The commands by which a hub asks for files: what may be shown is this machine's to say, whoever asks.</summary>
internal static class InfraCommands
{
    private const int OfAnEntry = 40;

    /// <summary>Whether a command is one.</summary>
    public static bool Are(HubCommandWire command) => command.Kind is "infra_roots" or "infra_list" or "infra_read";

    /// <summary>Carries one out.</summary>
    public static async Task<CommandResultWire> RunAsync(InfraDesk desk, HubCommandWire command, CancellationToken cancellation)
    {
        var query = command.Infra ?? new InfraQueryWire("");
        try
        {
            return new CommandResultWire(command.Id, "done", Infra: command.Kind switch
            {
                "infra_list" => new InfraAnswerWire(List: await desk.ListAsync(query, cancellation).ConfigureAwait(false)),
                "infra_read" => new InfraAnswerWire(File: await desk.ReadAsync(query, cancellation).ConfigureAwait(false)),
                _ => new InfraAnswerWire(Roots: desk.Roots),
            });
        }
        catch (InfraException refused)
        {
            return new CommandResultWire(command.Id, "failed", refused.Problem.Code, refused.Message);
        }
    }

    /// <summary>About how many characters of files a result carries.</summary>
    public static int SizeOf(CommandResultWire said) => said.Infra is { } infra
        ? 1 + (infra.File?.Text.Length ?? 0) + (infra.List?.Entries.Sum(static e => e.Name.Length + (e.Refused?.Length ?? 0) + OfAnEntry) ?? 0) + (infra.Roots?.Sum(static r => r.Name.Length + r.Path.Length + r.Include.Sum(static i => i.Length) + OfAnEntry) ?? 0)
        : 0;
}
