namespace Homelab.Roles.Mcp.Tools;

/// <summary>What <c>node_ollama_url</c> answers.</summary>
/// <param name="Node">The machine's name.</param>
/// <param name="Id">Its id.</param>
/// <param name="State">Whether it takes work.</param>
/// <param name="Url">For <c>OLLAMA_HOST</c> and the like: the daemon there speaks Ollama's own interface.</param>
/// <param name="OpenaiUrl">For OpenAI clients.</param>
/// <param name="Note">What a caller should know.</param>
internal sealed record NodeOllamaUrlAnswer(string Node, string Id, string State, string Url, string OpenaiUrl, string Note);
