namespace Homelab.Apps.Running;

/// <summary>An app could not be started, and nothing of it runs. The message says why, for people, with its last output where there is some.</summary>
internal sealed class AppStartException(AppStartFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public AppStartFailure Failure { get; } = failure;
}
