namespace Homelab.Contracts;

/// <summary>What went wrong.</summary>
/// <param name="Message">For people: what happened, where, and what to do.</param>
/// <param name="Type">OpenAI's class of error.</param>
/// <param name="Param">The field at fault, if one is.</param>
/// <param name="Code">Stable machine code.</param>
internal sealed record ErrorDetailWire(string Message, string Type, string? Param, string? Code);
