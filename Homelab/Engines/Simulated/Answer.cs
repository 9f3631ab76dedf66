using System.Collections.Immutable;

namespace Homelab.Engines.Simulated;

/// <summary>What a simulated model will say.</summary>
/// <param name="Tokens">Its text in pieces.</param>
/// <param name="Tool">The tool that it calls instead of speaking; null for none.</param>
/// <param name="ToolArguments">JSON object of arguments.</param>
/// <param name="ToolCallId">Id of that call.</param>
/// <param name="DoneReason"><c>stop</c> or <c>length</c>.</param>
/// <param name="PromptTokens">What reading the prompt counted.</param>
internal sealed record Answer(ImmutableArray<string> Tokens, string? Tool, string ToolArguments, string ToolCallId, string DoneReason, int PromptTokens)
{
    public string Text => string.Concat(Tokens);

    /// <summary>Tokens that the answer counted, calls of tools included.</summary>
    public int EvalTokens => Tool is null ? Tokens.Length : 8 + (ToolArguments.Length / 4);
}
