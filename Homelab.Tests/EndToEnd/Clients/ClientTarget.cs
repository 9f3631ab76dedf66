namespace Homelab.Tests.EndToEnd.Clients;

/// <summary>What a client scenario talks to.</summary>
/// <param name="Url">The daemon's base address.</param>
/// <param name="Chat">A model that chats.</param>
/// <param name="Tools">One that calls tools.</param>
/// <param name="Embed">A model that embeds.</param>
internal sealed record ClientTarget(Uri Url, string Chat, string Tools, string Embed)
{
    /// <summary>The OpenAI base address.</summary>
    public Uri V1 => new(Url, "v1");
}
