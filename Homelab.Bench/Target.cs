using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Homelab.Bench;

/// <summary>Something that answers on a port: a child process that this bench started and stops by its id.</summary>
internal sealed class Target : IDisposable
{
    private readonly Process _process;

    private Target(string name, int port, Process process)
    {
        Name = name;
        Port = port;
        _process = process;
    }

    public string Name { get; }

    public int Port { get; }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts a program whose output goes to <paramref name="log"/>; it is not waited for.</summary>
    public static Target Start(string name, int port, string log, IReadOnlyDictionary<string, string> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var writer = TextWriter.Synchronized(new StreamWriter(log) { AutoFlush = true });
        process.OutputDataReceived += (_, line) => writer.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => writer.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new Target(name, port, process);
    }

    /// <summary>Waits until the port takes connections; throws with the log's name where the process ended or took over 20 s.</summary>
    public void WaitForPort(string log)
    {
        var started = Stopwatch.GetTimestamp();
        while (!Connects())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20))
            {
                throw new InvalidOperationException($"{Name} does not answer on port {Port}:\n{File.ReadAllText(log)}");
            }

            Thread.Sleep(10);
        }
    }

    public bool Connects()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Processor time spent so far, by the process and its children.</summary>
    public TimeSpan ProcessorTime() => Sum(p => p.TotalProcessorTime.Ticks) is var ticks ? TimeSpan.FromTicks(ticks) : default;

    /// <summary>Resident memory in bytes, of the process and its children.</summary>
    public long ResidentBytes() => Sum(p => p.WorkingSet64);

    /// <summary>Asks it to stop (SIGTERM where there is one), and ends it after 10 s.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            if (!OperatingSystem.IsWindows())
            {
                using var kill = Process.Start("/bin/kill", ["-TERM", $"{_process.Id}"]);
                kill.WaitForExit();
            }

            if (OperatingSystem.IsWindows() || !_process.WaitForExit(10_000))
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit();
            }
        }

        _process.Dispose();
    }

    private long Sum(Func<Process, long> read)
    {
        long sum = 0;
        foreach (var id in Family(_process.Id))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                sum += read(process);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                // It ended meanwhile.
            }
        }

        return sum;
    }

    /// <summary>The process and, on Linux, its children: nginx serves from workers.</summary>
    private static IEnumerable<int> Family(int id)
    {
        yield return id;
        var children = $"/proc/{id}/task/{id}/children";
        if (File.Exists(children))
        {
            foreach (var child in File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                yield return int.Parse(child, System.Globalization.CultureInfo.InvariantCulture);
            }
        }
    }
}
