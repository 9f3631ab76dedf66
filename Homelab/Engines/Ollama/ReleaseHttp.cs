using System.Net;
using System.Net.Http.Headers;

namespace Homelab.Engines.Ollama;

/// <summary>Fetches from a release server: https only (loopback excepted), redirects followed within that rule, silence bounded.</summary>
internal sealed class ReleaseHttp : IDisposable
{
    private const int MaximumRedirects = 6;

    /// <summary>How long a server may be silent.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    public ReleaseHttp(TimeProvider time)
    {
        _time = time;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = TimeSpan.FromSeconds(20) };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("homelab", null));
    }

    /// <summary>The address that a redirect points to.</summary>
    public async Task<Uri> RedirectOfAsync(Uri address, CancellationToken cancellation)
    {
        using var response = await SendAsync(address, null, null, cancellation);
        return Target(address, response) ?? throw new InstallException($"{address} answers {(int)response.StatusCode} instead of naming the latest release");
    }

    /// <summary>A small text.</summary>
    public async Task<string> TextAsync(Uri address, int limit, CancellationToken cancellation)
    {
        using var response = await GetAsync(address, 0, null, cancellation);
        Ensure(address, response);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[limit];
        var length = 0;
        while (length < limit && await ReadAsync(stream, buffer.AsMemory(length), cancellation) is > 0 and var read)
        {
            length += read;
        }

        return length < limit ? System.Text.Encoding.UTF8.GetString(buffer, 0, length) : throw new InstallException($"{address} is larger than it can be");
    }

    /// <summary>Opens a download, from <paramref name="from"/> on where the server still has the same file.</summary>
    /// <param name="address">Of the file.</param>
    /// <param name="from">Bytes that are there already.</param>
    /// <param name="version">The entity tag that they belong to; null: begin anew.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<HttpResponseMessage> GetAsync(Uri address, long from, EntityTagHeaderValue? version, CancellationToken cancellation)
    {
        for (var redirects = 0; redirects <= MaximumRedirects; redirects++)
        {
            var response = await SendAsync(address, from > 0 && version is not null ? from : null, version, cancellation);
            if (Target(address, response) is not { } target)
            {
                return response;
            }

            response.Dispose();
            address = target;
        }

        throw new InstallException($"{address} redirects without end");
    }

    /// <summary>Reads with the silence bounded.</summary>
    public async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(Silence, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await stream.ReadAsync(buffer, both.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new IOException("the server fell silent");
        }
    }

    public static void Ensure(Uri address, HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new InstallException($"{address} answers {(int)response.StatusCode}");
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Uri address, long? from, EntityTagHeaderValue? version, CancellationToken cancellation)
    {
        if (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        {
            throw new InstallException($"{address} is not https; nothing is downloaded from it");
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (from is { } start)
        {
            request.Headers.Range = new RangeHeaderValue(start, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(version!);
        }

        using var timer = new CancellationTokenSource(Silence, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "the server does not answer");
        }
    }

    private static Uri? Target(Uri address, HttpResponseMessage response) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location ? new Uri(address, location) : null;
}
