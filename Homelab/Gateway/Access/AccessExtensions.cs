using Homelab.Gateway.Errors;

namespace Homelab.Gateway.Access;

/// <summary>How endpoints outside this folder declare their rule and learn who calls.</summary>
internal static class AccessExtensions
{
    /// <summary>Declares who may call the endpoint.</summary>
    public static TBuilder RequireAccess<TBuilder>(this TBuilder builder, AccessRule rule)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new AccessMetadata(rule)));
        return builder;
    }

    /// <summary>Who calls. Only behind a <see cref="RequestGuard"/>; null where the endpoint is open and the caller has no key.</summary>
    public static Principal? GetPrincipal(this HttpContext context) => context.Features.Get<Principal>();

    /// <summary>Holds every endpoint that routing found against its declared rule: deny by default. Belongs between routing and the endpoints.
    /// What no route serves is answered here with a JSON 404 or 405.</summary>
    public static IApplicationBuilder UseDeclaredAccess(this IApplicationBuilder app, RequestGuard guard) => app.Use(next => context =>
    {
        var endpoint = context.GetEndpoint();
        var dialect = ErrorAnswer.DialectOf(context.Request.Path);
        if (guard.CheckBrowser(context) is { } refusal)
        {
            return ErrorAnswer.WriteAsync(context, dialect, refusal);
        }

        if (RequestGuard.AnswerPreflight(context))
        {
            return Task.CompletedTask;
        }

        if (endpoint?.Metadata.GetMetadata<AccessMetadata>() is not { } access)
        {
            // Routing's own 405 endpoint carries no metadata of ours; it has set Allow.
            var wrongMethod = endpoint?.DisplayName?.StartsWith("405", StringComparison.Ordinal) == true;
            return ErrorAnswer.WriteAsync(context, dialect, wrongMethod
                ? GatewayErrors.WrongMethod(context.Request.Method, "another method")
                : GatewayErrors.NotFound(context.Request.Method, context.Request.Path.Value ?? "/"));
        }

        return guard.CheckAccess(context, access.Rule) is { } denied ? ErrorAnswer.WriteAsync(context, dialect, denied) : next(context);
    });
}
