using Homelab.Domain.Models;
using Homelab.Domain.Residency;

namespace Homelab.Tests.Domain.Residency;

/// <summary>One request as its client sees it: it waits, is served, refused, or has left.</summary>
internal sealed class Request(long id, ModelName model, bool isOperator)
{
    public long Id { get; } = id;

    public ModelName Model { get; } = model;

    public bool IsOperator { get; } = isOperator;

    /// <summary>How often it was granted, refused or left: once at the end, never twice.</summary>
    public int Endings { get; set; }

    public bool IsGranted { get; set; }

    /// <summary>Whether it holds a lease now.</summary>
    public bool IsRunning { get; set; }

    public Refusal? Refusal { get; set; }

    public TimeSpan? GrantedAt { get; set; }

    public bool IsWaiting => Endings == 0;
}
