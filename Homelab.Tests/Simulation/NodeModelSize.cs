using Homelab.Domain.Models;

namespace Homelab.Tests.Simulation;

/// <summary>A model as the simulation knows it.</summary>
internal sealed record NodeModelSize(ModelName Name, int Gib);
