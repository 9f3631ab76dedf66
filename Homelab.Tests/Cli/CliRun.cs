using Homelab.Cli;
using Homelab.Clients;
using Homelab.Domain.Memory;
using Homelab.Domain.Models;
using Homelab.Hardware;

namespace Homelab.Tests.Cli;

/// <summary>Runs command lines inside the test, with an environment of their own.</summary>
internal sealed class CliRun
{
    private readonly StringWriter _out = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly TextWriter _sharedOut;
    private readonly TextWriter _sharedError;

    public CliRun()
    {
        _sharedOut = TextWriter.Synchronized(_out);
        _sharedError = TextWriter.Synchronized(_error);
    }

    public Dictionary<string, string> Variables { get; } = new() { ["HOMELAB_HOME"] = "/nonexistent/homelab", ["HOME"] = "/nonexistent" };

    public bool IsTerminal { get; init; }

    /// <summary>Where this machine's daemon would be; nobody listens at port 1.</summary>
    public string DefaultAddress { get; init; } = ControlAddress.Default;

    /// <summary>The second signal.</summary>
    public CancellationToken Hurry { get; init; }

    public TimeProvider Time { get; init; } = new QuickTime();

    /// <summary>The devices of this machine.</summary>
    public IDeviceProbe Probe { get; init; } = new FixedProbe(new DeviceReading("ram", DeviceKind.Ram, ByteSize.FromGibibytes(16), ByteSize.FromGibibytes(10)));

    /// <summary>What was written to standard output.</summary>
    public string Out => _out.ToString();

    /// <summary>What was written to standard error.</summary>
    public string Error => _error.ToString();

    public Task<int> RunAsync(FakeControlServer server, params string[] arguments)
    {
        Variables["HOMELAB_URL"] = server.Address.ToString();
        return RunAsync(CancellationToken.None, arguments);
    }

    public Task<int> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    public Task<int> RunAsync(CancellationToken cancellation, params string[] arguments) => CommandLine.RunAsync(
        arguments,
        new CliEnvironment
        {
            Out = _sharedOut,
            Error = _sharedError,
            OutIsTerminal = IsTerminal,
            ErrorIsTerminal = IsTerminal,
            Width = 110,
            Variables = Variables,
            Time = Time,
            Hurry = Hurry,
            DefaultAddress = DefaultAddress,
            Probe = Probe,
        },
        cancellation);
}
