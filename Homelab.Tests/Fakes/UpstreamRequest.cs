using System.Text;

namespace Homelab.Tests.Fakes;

/// <summary>A request as it arrived on the wire at a <see cref="ScriptedUpstream"/>.</summary>
internal sealed record UpstreamRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
