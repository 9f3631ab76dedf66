using System.Net;
using System.Net.Http.Headers;

namespace Homelab.Apps.Downloads;

/// <summary>Follows one address to the answer that is no redirect, each hop held to the rules. It owns the connections: the last answer can be read until it is disposed.</summary>
/// <remarks>Each hop has a handler of its own: a connection that was vetted for one request must not serve another that may go less far.</remarks>
internal sealed class VettedRoute(FileDemand demand, DownloadOptions options, TimeProvider time) : IDisposable
{
    private const int MaximumRedirects = 8;

    private readonly List<HttpMessageInvoker> _hops = [];

    /// <summary>Asks, from <paramref name="from"/> on where that is not 0.</summary>
    /// <param name="from">Bytes that are there already.</param>
    /// <param name="version">The strong entity tag that they belong to; null: only their sum will tell.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DownloadException">A rule forbids it; trying again does not help.</exception>
    /// <exception cref="HttpRequestException">It could not be reached, or did not answer.</exception>
    public async Task<HttpResponseMessage> OpenAsync(long from, EntityTagHeaderValue? version, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(options.Stall, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await FollowAsync(from, version, both.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"no answer within {options.Stall.TotalSeconds:0} s");
        }
        catch (HttpRequestException exception) when (exception.InnerException is DownloadException refusal)
        {
            throw new DownloadException($"{demand.PrintableUrl} cannot be downloaded: {refusal.Message}", exception);
        }
    }

    /// <summary>Why a redirect is not followed, as far as its address alone tells; null: it may be.</summary>
    public static string? Refusal(Uri url, Uri next, bool insecure) => next switch
    {
        { Scheme: not ("http" or "https") } => $"and {Telemetry.Printable.OneLine(next.Scheme, 20)} is neither http nor https",
        { Scheme: "http" } when url.Scheme == "https" => "which gives up TLS",
        { Scheme: "http" } when !insecure => "which is not https",
        { UserInfo.Length: > 0 } => "which holds credentials",
        _ => null,
    };

    public void Dispose() => _hops.ForEach(hop => hop.Dispose());

    private async Task<HttpResponseMessage> FollowAsync(long from, EntityTagHeaderValue? version, CancellationToken cancellation)
    {
        var url = demand.Url;
        AddressReach? reached = null;
        for (var redirects = 0; redirects <= MaximumRedirects; redirects++)
        {
            var connection = new VettedConnection(options, time, reached);
            var response = await AskAsync(url, connection, from, version, cancellation);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
            {
                return response;
            }

            response.Dispose();
            var next = new Uri(url, location);
            if (Refusal(url, next, demand.Insecure) is { } why)
            {
                throw new DownloadException($"{demand.PrintableUrl} redirects to {FileDemand.Print(next)}, {why}; it is not followed");
            }

            (url, reached) = (next, connection.Reached);
        }

        throw new DownloadException($"{demand.PrintableUrl} redirects more than {MaximumRedirects} times; name the file's own address in the manifest");
    }

    private async Task<HttpResponseMessage> AskAsync(Uri url, VettedConnection connection, long from, EntityTagHeaderValue? version, CancellationToken cancellation)
    {
        var hop = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            MaxResponseDrainSize = 0,
            ConnectCallback = connection.ConnectAsync,
        });
        _hops.Add(hop);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("homelab", null));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
            request.Headers.IfRange = version is null ? null : new RangeConditionHeaderValue(version);
        }

        return await hop.SendAsync(request, cancellation);
    }
}
