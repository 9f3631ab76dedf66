namespace Homelab.Contracts;

/// <summary>What became of a command at its node.</summary>
/// <param name="Id">The command's.</param>
/// <param name="Status"><c>accepted</c>, <c>running</c>, and then one of <c>done</c>, <c>failed</c>, <c>rejected</c> (not a command of this node) or <c>stale</c> (past its deadline or of an earlier epoch; nothing was done).</param>
/// <param name="Code">Machine code of a failure, one of <c>error.code</c>.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="RetrySeconds">When asking again can help.</param>
/// <param name="Progress">How far it is, while it runs.</param>
/// <param name="Result">Of a success.</param>
/// <param name="Infra">Of a success where files were asked for.</param>
internal sealed record CommandResultWire(
    string Id,
    string Status,
    string? Code = null,
    string? Message = null,
    double? RetrySeconds = null,
    ProgressWire? Progress = null,
    ModelCommandResultWire? Result = null,
    InfraAnswerWire? Infra = null);
