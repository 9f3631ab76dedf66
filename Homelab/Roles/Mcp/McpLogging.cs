using Homelab.Control;

namespace Homelab.Roles.Mcp;

/// <summary>What of this role is logged: its own messages at the level that was asked for, of the frameworks only what is wrong. They call it a failure
/// with a page of stack when a client cancels a call; <c>--log-level debug</c> shows that too.</summary>
internal static class McpLogging
{
    public static void Configure(ILoggingBuilder builder, RoleConsole console)
    {
        builder.AddProvider(new LineLoggerProvider(console.Errors, console.Time)).SetMinimumLevel(console.Level);
        if (console.Level > LogLevel.Debug)
        {
            builder.AddFilter("ModelContextProtocol", LogLevel.Error).AddFilter("Microsoft", LogLevel.Error);
        }
    }
}
