namespace Homelab.Gateway;

/// <summary>What kind of caller a principal is; decides which surface it may use and whether its headers between homelab's machines are believed.</summary>
internal enum PrincipalKind
{
    /// <summary>A caller on loopback without a key.</summary>
    Local,

    /// <summary>A key given to a user or a program.</summary>
    Service,

    /// <summary>A machine that joined this hub: reports itself, and delegates what it cannot serve. Never a substitute for a service key.</summary>
    Node,

    /// <summary>A hub that this machine joined: uses the client surface, and changes nothing through the control API.</summary>
    Hub,
}
