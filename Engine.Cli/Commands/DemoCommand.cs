using System.CommandLine;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Demo;

namespace TlsFsm.Cli.Commands;

/// <summary><c>tlsfsm demo</c>: both ends ours, over real loopback TCP.</summary>
internal static class DemoCommand
{
    public const string Name = "demo";

    public static IReadOnlyList<string> Examples { get; } =
    [
        "tlsfsm demo",
        "tlsfsm demo --size 256 --tls 1.2",
        "tlsfsm demo --report life.html",
        "tlsfsm demo --compare",
    ];

    public static Command Create(Terminal terminal)
    {
        var size = CommonOptions.Number(
            "--size", "MiB", 1, MaxMebibytes, DefaultMebibytes, "How many MiB cross the connection and come back.");
        var tls = CommonOptions.Tls();
        var report = CommonOptions.Report(
            "Write a page about the connection's life, as both ends saw it, to this file: it needs no network.");
        var compare = new Option<bool>("--compare")
        {
            Description = "Measure .NET's SslStream too: same bytes, same certificates, same machine.",
        };
        var command = new Command(
            Name, "Make certificates in memory, connect client and server over loopback TCP, echo data, check every byte, close in order.")
        {
            size,
            tls, report, compare,
        };
        command.SetAction(async (result, cancellationToken) =>
            (int)await new DemoRun(terminal, result.GetValue(size), result.Versions(tls))
            {
                Report = result.GetValue(report),
                Compares = result.GetValue(compare),
            }.RunAsync(cancellationToken));
        return command;
    }

    private const int DefaultMebibytes = 64;

    // Half an hour at a few MiB/s; whoever measures longer wants another tool.
    private const int MaxMebibytes = 16 * 1024;
}
