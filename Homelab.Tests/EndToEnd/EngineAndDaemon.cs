using Homelab.Domain.Models;
using Homelab.Tests.EndToEnd.Clients;
using Homelab.Tests.Fakes;

namespace Homelab.Tests.EndToEnd;

/// <summary>A fake Ollama in this process and the published daemon before it: one device of 14 GiB, two chat models that do not fit together, a small
/// one, one that fits nowhere, and an embedder.</summary>
internal sealed class EngineAndDaemon : IAsyncDisposable
{
    public const string First = "first:8b";
    public const string Second = "second:8b";
    public const string Small = "small:1b";
    public const string Huge = "huge:70b";
    public const string Embedder = "embedder:latest";

    private EngineAndDaemon(FakeOllama engine, HomelabProcess daemon)
    {
        Engine = engine;
        Daemon = daemon;
    }

    public FakeOllama Engine { get; }

    public HomelabProcess Daemon { get; }

    public ClientTarget Target => new(Daemon.Url, Small, Embedder);

    /// <summary>Starts both.</summary>
    /// <param name="daemonKeys">Further lines under <c>daemon:</c>, indented by two.</param>
    public static async Task<EngineAndDaemon> StartAsync(string daemonKeys = "")
    {
        var engine = await FakeOllama.StartAsync(s => s with { Memory = ByteSize.FromGibibytes(14), Models = [], Catalogue = [] });
        engine.Install(First, ByteSize.FromGibibytes(6));
        engine.Install(Second, ByteSize.FromGibibytes(6));
        engine.Install(Small, ByteSize.FromGibibytes(1));
        engine.Install(Huge, ByteSize.FromGibibytes(40));
        engine.Install(Embedder, ByteSize.FromMebibytes(274), embedding: true);
        var daemon = await HomelabProcess.StartAsync($$"""
            daemon:
              engines:
                ollama: { url: "{{engine.Address}}", manage: never }
              memory:
                min_residency: 0
                devices: [ { name: gpu0, kind: cuda, total: 14GiB } ]
            {{daemonKeys}}

            """);
        return new EngineAndDaemon(engine, daemon);
    }

    /// <summary>The body of a chat request.</summary>
    public static string Chat(string model, bool stream = false) =>
        $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"max_tokens":12,"messages":[{"role":"user","content":"Say hello."}]}""";

    public async ValueTask DisposeAsync()
    {
        Engine.Faults.ReleaseAll();
        try
        {
            await Daemon.DisposeAsync();
        }
        finally
        {
            await Engine.DisposeAsync();
        }
    }
}
