using System.Diagnostics;

namespace Homelab.Bench;

/// <summary>Times from the start of the process to its first answers.</summary>
/// <param name="Alive">To the first answer of <c>/healthz</c>.</param>
/// <param name="Served">To the end of the first completed chat request.</param>
internal readonly record struct StartUp(TimeSpan Alive, TimeSpan Served)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static StartUp Measure(Targets targets, string executable, Target mock)
    {
        var started = Stopwatch.GetTimestamp();
        using var target = targets.StartHomelab(executable, mock);
        var body = Scenario.Json(1).Body;
        var alive = Until(started, target, targets, () => ControlCall.Get(target.Port, "/healthz"));
        var served = Until(started, target, targets, () => ControlCall.Send(
            target.Port,
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{target.Port}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        return new StartUp(alive, served);
    }

    private static TimeSpan Until(long started, Target target, Targets targets, Func<string?> ask)
    {
        string? last = null;
        while (Stopwatch.GetElapsedTime(started) < Limit)
        {
            last = ask() ?? last;
            if (last?.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) == true)
            {
                return Stopwatch.GetElapsedTime(started);
            }

            Thread.Sleep(1);
        }

        throw new InvalidOperationException($"{target.Name} did not answer within {Limit.TotalSeconds} s; last: {last}\n{File.ReadAllText(targets.HomelabLog)}");
    }
}
