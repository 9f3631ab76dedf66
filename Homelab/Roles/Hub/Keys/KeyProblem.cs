namespace Homelab.Roles.Hub.Keys;

/// <summary>Why a key or token was not made, taken or revoked.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Machine code.</param>
/// <param name="Message">For people.</param>
internal sealed record KeyProblem(int Status, string Code, string Message);
