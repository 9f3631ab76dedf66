using Homelab.Clients;
using Homelab.Contracts;

namespace Homelab.Roles.Mcp;

/// <summary>What an agent may do about a failure of the cluster, so that it neither gives up at once nor asks the same again without end.</summary>
internal static class Advice
{
    private const string ReadRefused = "read_refused";

    /// <summary>The failure of a call of the control API, in words.</summary>
    /// <param name="problem">What the client threw.</param>
    /// <param name="target">Who was asked.</param>
    /// <param name="changes">Whether the call may have changed something before it failed.</param>
    /// <param name="keyFlag">Of <c>homelab keys add</c>, for a key that may do it.</param>
    public static string Of(ControlException problem, McpTarget target, bool changes, string keyFlag = "--admin")
    {
        if (problem.Status is null)
        {
            return Join(problem.Message, null, problem.ExitCode == ControlException.NobodyAnswers
                ? $"The cluster cannot be reached through {target.Name}. Tell the user to start it there ({target.StartCommand}), or to set mcp.target if it is elsewhere; then call again."
                    + (changes ? " If the connection was lost during the call, the work may go on there: look with model_list." : "")
                : changes ? "Look with model_list before you ask again." : "Tell the user; asking again is of no use.");
        }

        return (int)problem.Status.Value switch
        {
            401 => Join(Without(problem.Message, " (give one with"), problem.Code, $"Tell the user: {target.Name} wants a key. One is made with: homelab keys add mcp; it belongs in mcp.key of homelab.yaml, or in HOMELAB_KEY."),
            403 when problem.Code != ReadRefused => Join(problem.Message, problem.Code, $"The key of this MCP server may not do that. Tell the user: one that may is made with: homelab keys add mcp {keyFlag}. The other tools still work."),
            _ => Join(problem.Message, problem.Code, Next(problem.Code)),
        };
    }

    /// <summary>The failure that a command ended with, in words.</summary>
    public static string Of(ErrorDetailWire error) => Join(error.Message, error.Code, Next(error.Code));

    private static string Join(string message, string? code, string next)
    {
        var text = message.TrimEnd('.', ' ');
        return code is { Length: > 0 } ? $"{text}. [{code}]\nNext: {next}" : $"{text}.\nNext: {next}";
    }

    private static string Without(string message, string tail) =>
        message.IndexOf(tail, StringComparison.Ordinal) is > 0 and var at ? message[..at] : message;

    private static string Next(string? code) => code switch
    {
        "model_not_found" => "Look with model_list for the exact name. A model that no machine has must be downloaded first; that is the user's decision (homelab models pull).",
        "node_not_found" => "Look with cluster_nodes for the names of the machines.",
        "model_too_large" => "No machine can hold it, however much is unloaded. Choose a smaller model or quantisation from model_list.",
        "would_evict_protected" => "What is in memory there is protected. Choose another node, or ask the user whether a protected model may go.",
        "capacity_timeout" or "queue_full" => "Everything in memory is in use. See with cluster_nodes which models have leases, wait until one is idle, or choose another node.",
        "no_live_nodes" => "No machine takes work now. See with cluster_nodes whether they are lost or draining.",
        "draining" => "That machine is being taken out of use. Choose another node from cluster_nodes.",
        "load_failed" or "engine_error" => "The engine there refused. Read homelab://events for its own words, and try another node.",
        "load_timeout" => "The load took too long. Look with model_list whether it is loading still before you ask again.",
        "hub_unreachable" => "The daemon cannot reach its hub. Only what is on its own machine can be used until the hub is back.",
        ReadRefused => "That machine's own rules forbid it, and asking again cannot help. If the user wants it shown, infra.roots of that machine's homelab.yaml is the place.",
        "root_not_found" => "Look with infra_list and the node alone for the names of its roots.",
        "path_not_found" => "Look with infra_list at the folder above.",
        "not_supported" => "Use another machine, or tell the user to update homelab there.",
        "read_timeout" or "read_failed" => "Its file system is slow or failing. Try once more, then tell the user.",
        "node_unreachable" or "node_lost" => "That machine does not answer. See with cluster_nodes how long it has been silent, and choose another.",
        _ => "Look with cluster_nodes and model_list at the state of the cluster before you ask again.",
    };
}
