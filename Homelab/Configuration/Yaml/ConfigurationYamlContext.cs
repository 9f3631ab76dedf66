using Homelab.Domain.Memory;
using YamlDotNet.Serialization;

namespace Homelab.Configuration.Yaml;

/// <summary>The types that the YAML generator writes readers for. Public because the generated half is.</summary>
[YamlStaticContext]
[YamlSerializable(typeof(HomelabConfig))]
[YamlSerializable(typeof(NodeConfig))]
[YamlSerializable(typeof(DaemonConfig))]
[YamlSerializable(typeof(QueueConfig))]
[YamlSerializable(typeof(MemoryConfig))]
[YamlSerializable(typeof(DeviceConfig))]
[YamlSerializable(typeof(EnginesConfig))]
[YamlSerializable(typeof(OllamaConfig))]
[YamlSerializable(typeof(LlamaCppConfig))]
[YamlSerializable(typeof(SimulatedConfig))]
[YamlSerializable(typeof(SimulatedModelConfig))]
[YamlSerializable(typeof(ModelConfig))]
[YamlSerializable(typeof(HubConfig))]
[YamlSerializable(typeof(HubQueueConfig))]
[YamlSerializable(typeof(HubEventsConfig))]
[YamlSerializable(typeof(ServiceKeyConfig))]
[YamlSerializable(typeof(StorageConfig))]
[YamlSerializable(typeof(PostgresConfig))]
[YamlSerializable(typeof(InfraConfig))]
[YamlSerializable(typeof(InfraRootConfig))]
[YamlSerializable(typeof(McpConfig))]
[YamlSerializable(typeof(DeviceKind))]
[YamlSerializable(typeof(CpuOffload))]
[YamlSerializable(typeof(ManageMode))]
[YamlSerializable(typeof(InstallMode))]
public sealed partial class ConfigurationYamlContext : StaticContext;
