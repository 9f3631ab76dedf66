namespace Homelab.Domain.Residency;

/// <summary>The closed set of reasons; each has one status and one <c>error.code</c> at the gateway.</summary>
internal enum RefusalReason
{
    /// <summary>404 <c>model_not_found</c>.</summary>
    ModelNotFound,

    /// <summary>400 <c>model_too_large</c>.</summary>
    ModelTooLarge,

    /// <summary>409 <c>would_evict_protected</c>.</summary>
    WouldEvictProtected,

    /// <summary>429 <c>queue_full</c>.</summary>
    QueueFull,

    /// <summary>503 <c>capacity_timeout</c>.</summary>
    CapacityTimeout,

    /// <summary>503 <c>load_failed</c>.</summary>
    LoadFailed,

    /// <summary>504 <c>load_timeout</c>.</summary>
    LoadTimeout,

    /// <summary>502 <c>engine_error</c>: the engine does not answer.</summary>
    EngineDown,

    /// <summary>503 <c>draining</c>.</summary>
    Draining,

    /// <summary>503 <c>no_live_nodes</c>: no machine of the cluster can take anything.</summary>
    NoLiveNodes,

    /// <summary>503 <c>hub_unreachable</c>: it is not on this machine, and the hub does not answer.</summary>
    HubUnreachable,

    /// <summary>403 <c>insufficient_permissions</c>: the key is not for this model, or the model is for no machine there is.</summary>
    NotPermitted,

    /// <summary>429 <c>rate_limit_exceeded</c>.</summary>
    RateLimited,

    /// <summary>400 <c>invalid_request</c>: an app serves the model, and not by this API.</summary>
    WrongApi,

    /// <summary>508 <c>loop_detected</c>: the request was delegated already.</summary>
    LoopDetected,
}
