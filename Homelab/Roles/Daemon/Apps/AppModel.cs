using Homelab.Domain.Models;

namespace Homelab.Roles.Daemon.Apps;

/// <summary>A model that an app serves.</summary>
/// <param name="Name">Canonical.</param>
/// <param name="Spelling">As the manifest has it, which is how the app itself knows it.</param>
internal readonly record struct AppModel(ModelName Name, string Spelling);
