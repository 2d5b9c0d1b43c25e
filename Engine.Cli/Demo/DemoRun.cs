using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Protocols;
using TlsFsm.Cli.Reporting;

namespace TlsFsm.Cli.Demo;

/// <summary>One run of <c>demo</c>: server, client, data, close, and what came of it.</summary>
internal sealed class DemoRun(Terminal terminal, int mebibytes, SslProtocols versions)
{
    private readonly TaskCompletionSource<TlsConnection> _serverEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DemoClient _client = new((long)mebibytes << 20);

    private readonly ConnectionRecorder _clientRecorder = new("client");
    private readonly ConnectionRecorder _serverRecorder = new("server");

    /// <summary>The file for a page about the connection; null for none.</summary>
    public string? Report { get; init; }

    /// <summary>Whether SslStream is measured too.</summary>
    public bool Compares { get; init; }

    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        var report = new DemoReport(terminal, mebibytes);
        using var certificates = DemoCertificates.Create(TimeProvider.System);
        await using var listener = Listen(certificates);
        report.Begin(listener.LocalEndPoint, certificates);
        try
        {
            var beforeHandshake = Stopwatch.GetTimestamp();
            var client = await ConnectAsync(listener.LocalEndPoint, certificates, cancellationToken);
            var handshakeTook = Stopwatch.GetElapsedTime(beforeHandshake);

            await using (cancellationToken.UnsafeRegister(static connection => Close((TlsConnection)connection!), client))
                await report.ShowProgressAsync(() => _client.Received, _client.Ended);

            var server = await _serverEnded.Task.WaitAsync(EndPatience, CancellationToken.None);
            if (cancellationToken.IsCancellationRequested && !_client.IsComplete)
                return Cancelled($"; the client ended {client.CloseReason}, the server {server.CloseReason}");

            report.Result(client, server, handshakeTook, _client.EchoTook);
            if (Report is { } file)
                ReportPage.Save(
                    file, ReportPage.OfConnection("The life of a demonstration", [_clientRecorder.Take(), _serverRecorder.Take()]));
            var result = Judge(client, server);
            if (result == ExitCode.Ok)
                report.Speed(await Throughput.MeasureAsync(certificates, versions, Compares, cancellationToken));
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Cancelled(" before the connection stood");
        }
    }

    private TlsListener Listen(DemoCertificates certificates) => TlsListener.Start(
        new IPEndPoint(IPAddress.Loopback, 0),
        new TlsServerOptions
        {
            Credential = certificates.Leaf,
            ApplicationProtocols = [Echo],
            EnabledProtocols = versions,
        },
        static () => new EchoProtocol(),
        new TlsListenerOptions
        {
            MaxConnections = 1,
            ConnectionStarted = _serverRecorder.Attach,
            ConnectionEnded = (connection, _) => _serverEnded.TrySetResult(connection),
        });

    private Task<TlsConnection> ConnectAsync(IPEndPoint server, DemoCertificates certificates, CancellationToken cancellationToken) =>
        TlsClient.ConnectAsync(
            server.Address.ToString(),
            server.Port,
            new TlsClientOptions
            {
                TargetHost = DemoCertificates.Host,
                Verification = CertificateVerification.TrustedRoots([certificates.Root]),
                ApplicationProtocols = [Echo],
                EnabledProtocols = versions,

                // Cancelled in the middle, the sockets of both directions may hold more than the default.
                Limits = new TlsLimits { MaxDiscardedAfterClose = 256L << 20 },
            },
            _client,
            connectionStarted: _clientRecorder.Attach,
            cancellationToken: cancellationToken);

    private ExitCode Judge(TlsConnection client, TlsConnection server)
    {
        foreach (var connection in new[] { client, server })
        {
            if (connection.CloseReason == CloseReason.Clean)
                continue;

            var end = connection == client ? "client" : "server";
            terminal.Complain($"the {end} ended {connection.CloseReason}: {connection.Failure?.Message ?? "no error"}");
            return connection.Failure is { } failure ? Failure.Explain(failure).ExitCode : ExitCode.Tls;
        }

        if (_client.IsComplete)
            return ExitCode.Ok;

        terminal.Complain($"only {_client.Received} bytes of {mebibytes} MiB came back");
        return ExitCode.Tls;
    }

    private ExitCode Cancelled(string ending)
    {
        terminal.Complain($"cancelled after {_client.Received >> 20} of {mebibytes} MiB{ending}");
        return ExitCode.Cancelled;
    }

    private static void Close(TlsConnection connection) =>
        connection.Loop.CallSoon(static connection => ((TlsConnection)connection!).Transport.Close(), connection);

    // The server hears of the client's end over loopback; its own shutdown deadline is shorter.
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(35);

    private static readonly SslApplicationProtocol Echo = new("echo");
}
