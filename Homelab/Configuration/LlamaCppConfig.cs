namespace Homelab.Configuration;

/// <summary><c>daemon.engines.llama_cpp:</c>, used for models that are sharded over several nodes.</summary>
internal sealed class LlamaCppConfig
{
    public string Server { get; set; } = "llama-server";

    public string RpcServer { get; set; } = "rpc-server";

    public string Models { get; set; } = "~/models";
}
