using System.Collections.Concurrent;
using System.Text;
using Homelab.Engines.Simulated;

namespace Homelab.Tests.Fakes;

/// <summary>The script of a fake Ollama's failures. Each fault strikes once unless it says otherwise; waits end at <see cref="ReleaseAll"/> at the latest.</summary>
internal sealed class FakeOllamaFaults : ISimulationFaults
{
    private readonly ConcurrentQueue<FakeOllamaRequest> _requests = new();
    private readonly ConcurrentQueue<(string Prefix, int Status, string ContentType, string Body, bool IsTruncated)> _answers = new();
    private readonly ConcurrentQueue<string> _loadErrors = new();
    private readonly ConcurrentQueue<(int Index, StreamFault Fault)> _streamFaults = new();
    private volatile FakeOllamaHold? _loadHold;
    private volatile FakeOllamaHold? _tokenHold;
    private volatile FakeOllamaHold? _requestHold;
    private volatile string _heldPath = "";
    private volatile int _heldToken;
    private int _loadsNow;
    private int _mostLoads;

    public IReadOnlyList<FakeOllamaRequest> Requests => [.. _requests];

    /// <summary>The most loads that ever went on at one time.</summary>
    public int MostConcurrentLoads => _mostLoads;

    /// <summary>The next stream loses its runner before this token: a native stream ends with an error line, a /v1 stream just ends.</summary>
    public void CrashRunnerBeforeToken(int index) => _streamFaults.Enqueue((index, StreamFault.RunnerDies));

    /// <summary>The next stream's connection is cut before this token.</summary>
    public void CutConnectionBeforeToken(int index) => _streamFaults.Enqueue((index, StreamFault.ConnectionCut));

    /// <summary>The next load answers 500 with this text.</summary>
    public void FailNextLoad(string message) => _loadErrors.Enqueue(message);

    /// <summary>The next request whose path begins so gets this answer; a truncated one ends in the middle of its body.</summary>
    public void AnswerNext(string pathPrefix, int status, string contentType, string body, bool isTruncated = false) =>
        _answers.Enqueue((pathPrefix, status, contentType, body, isTruncated));

    /// <summary>From here on loads do not end before the hold is released.</summary>
    public FakeOllamaHold HoldLoads() => _loadHold = new FakeOllamaHold();

    /// <summary>From here on every stream stands still before this token until the hold is released.</summary>
    public FakeOllamaHold HoldTokensAt(int index)
    {
        _heldToken = index;
        return _tokenHold = new FakeOllamaHold();
    }

    /// <summary>From here on requests for this path get no answer until the hold is released.</summary>
    public FakeOllamaHold HoldRequests(string path)
    {
        _heldPath = path;
        return _requestHold = new FakeOllamaHold();
    }

    public void ReleaseAll()
    {
        _loadHold?.Release();
        _tokenHold?.Release();
        _requestHold?.Release();
    }

    public async ValueTask<bool> InterceptAsync(SimulatedExchange exchange)
    {
        var request = exchange.Http.Request;
        _requests.Enqueue(new FakeOllamaRequest(
            request.Method,
            exchange.Path,
            request.QueryString.Value ?? "",
            request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            exchange.Body.ToArray()));
        if (_requestHold is { } hold && exchange.Path == _heldPath)
        {
            await hold.WaitAsync(exchange.Aborted);
        }

        if (!_answers.TryPeek(out var answer) || !exchange.Path.StartsWith(answer.Prefix, StringComparison.Ordinal) || !_answers.TryDequeue(out answer))
        {
            return false;
        }

        var bytes = Encoding.UTF8.GetBytes(answer.Body);
        exchange.Http.Response.StatusCode = answer.Status;
        exchange.Http.Response.ContentType = answer.ContentType;
        exchange.Http.Response.ContentLength = answer.IsTruncated ? bytes.Length + 100 : bytes.Length;
        await exchange.Http.Response.BodyWriter.WriteAsync(bytes, exchange.Aborted);
        if (answer.IsTruncated)
        {
            exchange.Http.Abort();
        }

        return true;
    }

    public async ValueTask OnLoadAsync(SimulatedModel model, CancellationToken cancellation)
    {
        var now = Interlocked.Increment(ref _loadsNow);
        _mostLoads = Math.Max(_mostLoads, now);
        try
        {
            if (_loadHold is { } hold)
            {
                await hold.WaitAsync(cancellation);
            }

            if (_loadErrors.TryDequeue(out var message))
            {
                throw new OllamaErrorException(500, message);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _loadsNow);
        }
    }

    public async ValueTask<StreamFault> OnTokenAsync(string path, int index, CancellationToken cancellation)
    {
        if (_tokenHold is { } hold && index == _heldToken)
        {
            await hold.WaitAsync(cancellation);
        }

        return _streamFaults.TryPeek(out var next) && next.Index == index && _streamFaults.TryDequeue(out next) ? next.Fault : StreamFault.None;
    }
}
