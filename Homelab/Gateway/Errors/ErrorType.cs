namespace Homelab.Gateway.Errors;

/// <summary>The closed set of <c>error.type</c>, the same words in OpenAI's and Anthropic's shape.</summary>
internal static class ErrorType
{
    public const string InvalidRequest = "invalid_request_error";
    public const string NotFound = "not_found_error";
    public const string Authentication = "authentication_error";
    public const string Permission = "permission_error";
    public const string RateLimit = "rate_limit_error";
    public const string Overloaded = "overloaded_error";
    public const string Api = "api_error";

    /// <summary>The type that fits a status, for answers of an engine that names none.</summary>
    public static string Of(int status) => status switch
    {
        401 => Authentication,
        403 => Permission,
        404 => NotFound,
        429 => RateLimit,
        503 => Overloaded,
        >= 500 => Api,
        _ => InvalidRequest,
    };
}
