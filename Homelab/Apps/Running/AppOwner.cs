namespace Homelab.Apps.Running;

/// <summary>The marks that an app's processes carry in their environment.</summary>
/// <param name="Daemon">Value of <c>HOMELAB_OWNER</c>: which daemon started it.</param>
/// <param name="App">Value of <c>HOMELAB_APP</c>: which app it is.</param>
internal sealed record AppOwner(string Daemon, string App)
{
    /// <summary>Names the app to itself and to whatever it starts.</summary>
    public const string Variable = "HOMELAB_APP";

    /// <summary>As it stands in an environment.</summary>
    public string AppMark => $"{Variable}={App}";
}
