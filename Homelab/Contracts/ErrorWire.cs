namespace Homelab.Contracts;

/// <summary>An error on the control API and on OpenAI paths: <c>{"error":{"message","type","param","code"}}</c>.</summary>
internal sealed record ErrorWire(ErrorDetailWire Error);
