using System.Buffers;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Rendering;
using TlsFsm.Cli.Reporting;
using TlsFsm.Cli.StartTls;

namespace TlsFsm.Cli.Connecting;

/// <summary>One run of <c>connect</c>: two pumps, one in each direction, each no faster than its slower side.</summary>
/// <param name="terminal">Where it reads and writes.</param>
/// <param name="way">To the peer.</param>
/// <param name="options">The client's side.</param>
internal sealed class ConnectRun(Terminal terminal, WayToPeer way, TlsClientOptions options)
{
    private readonly ConnectionRecorder _recorder = new("client");
    private TransitionTrace? _trace;
    private LiveDrawing? _drawing;

    /// <summary>Prints every step.</summary>
    public bool IsTraced { get; init; }

    /// <summary>Prints what the handshake has settled.</summary>
    public bool IsBrief { get; init; }

    /// <summary>Prints the peer's certificates.</summary>
    public bool ShowsCertificates { get; init; }

    /// <summary>Draws the machines while they run.</summary>
    public bool IsLive { get; init; }

    /// <summary>Where the session comes from and goes to; null for nowhere.</summary>
    public SessionFile? Sessions { get; init; }

    /// <summary>The file for a page about the connection; null for none.</summary>
    public string? Report { get; init; }

    /// <summary>
    /// Connects, and ends when the peer does. The end of stdin closes our direction; the peer's answer may be still to come, and its end
    /// follows.
    /// </summary>
    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        _trace = IsTraced ? new TransitionTrace(terminal.Error) : null;
        _drawing = IsLive ? new LiveDrawing(terminal.Error, terminal.IsErrorInteractive) : null;
        var code = await ConnectAndTalkAsync(cancellationToken);

        Sessions?.Save();

        // Also of a connection that failed: that is when one wants to know.
        _drawing?.Finish();
        if (Report is { } file)
            ReportPage.Save(file, ReportPage.OfConnection($"The life of a connection to {way.Peer}", [_recorder.Take()]));
        return code;
    }

    private async Task<ExitCode> ConnectAndTalkAsync(CancellationToken cancellationToken)
    {
        TlsStream stream;
        try
        {
            stream = await OpenAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Cancelled;
        }
        catch (Exception exception)
        {
            return Complain(exception);
        }

        var connection = stream.Connection;
        Sessions?.Tell(connection.Session!);
        if (IsBrief)
            new Briefing(terminal.Error).Print(connection.Session!);
        if (ShowsCertificates)
            ShowCertificates(connection.Session!);
        try
        {
            return await TalkAsync(stream, cancellationToken);
        }
        finally
        {
            await stream.DisposeAsync();
            _trace?.Say(connection.Loop.TimeProvider.GetUtcNow(), $"ended: {connection.CloseReason}");
        }
    }

    private async Task<TlsStream> OpenAsync(CancellationToken cancellationToken)
    {
        CheckOptions();
        Sessions?.CheckAgainst(options);
        var socket = await way.OpenAsync(options.HandshakeTimeout, cancellationToken);
        return await TlsClient.OpenStreamAsync(socket, options, connectionStarted: Watch, cancellationToken: cancellationToken);
    }

    private void Watch(TlsConnection connection)
    {
        _trace?.Attach(connection);
        _drawing?.Attach(connection);
        if (Report is not null)
            _recorder.Attach(connection);
    }

    private void ShowCertificates(TlsSessionInfo session)
    {
        foreach (var certificate in session.PeerCertificates)
            terminal.Error.WriteLine(
                $"subject: {Terminal.Harmless(certificate.Subject)}\nissuer: {Terminal.Harmless(certificate.Issuer)}\n"
                + certificate.ExportCertificatePem());
    }

    /// <summary>What the parser cannot know (a name that is no host name) is wrong before anything goes to the network.</summary>
    private void CheckOptions()
    {
        try
        {
            BouncyCastleCore.CreateClient(options).Dispose();
        }
        catch (ArgumentException exception)
        {
            throw new CliException(Failure.Explain(exception), ExitCode.Usage, exception);
        }
    }

    private async Task<ExitCode> TalkAsync(TlsStream stream, CancellationToken cancellationToken)
    {
        using var stopSending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync(stream, stopSending.Token);
        var receiving = ReceiveAsync(stream, cancellationToken);

        // A failed stdin ends the run; its end, or a peer that takes no more, does not.
        var first = await Task.WhenAny(receiving, sending);
        try
        {
            if (first == sending)
                await sending;
            await receiving;
            await stopSending.CancelAsync();
            await stream.ShutdownAsync(CancellationToken.None);
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // In order: close_notify, the peer's answer, at most ShutdownTimeout. Disposing the stream does it.
            return ExitCode.Cancelled;
        }
        catch (Exception exception)
        {
            await stopSending.CancelAsync();
            return Complain(exception);
        }
    }

    /// <summary>
    /// stdin to the peer. A write completes when the connection has taken it, so stdin is read no faster than the peer reads.
    /// </summary>
    private async Task SendAsync(TlsStream stream, CancellationToken cancellationToken)
    {
        // A read of a console cannot be cancelled: off this thread, so that it holds up nobody.
        await Task.Yield();
        var buffer = new byte[BufferSize];
        while (true)
        {
            int count;
            try
            {
                count = await terminal.Input.ReadAsync(buffer, cancellationToken);
            }
            catch (IOException exception)
            {
                throw new CliException($"stdin: {exception.Message}", ExitCode.Io, exception);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (count == 0)
            {
                CloseOurDirection(stream.Connection);
                return;
            }

            try
            {
                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The connection is over; the reading side knows why, and how much came before.
                return;
            }
        }
    }

    /// <summary>Tells the peer that no more comes; what it still sends is read on. All that was read from stdin went out before.</summary>
    private static void CloseOurDirection(TlsConnection connection) =>
        connection.Loop.CallSoon(static connection => ((TlsConnection)connection!).Transport.WriteEof(), connection);

    /// <summary>The peer to stdout. Nothing more is read from the peer while stdout does not take it.</summary>
    private async Task ReceiveAsync(TlsStream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await stream.ReadAsync(buffer, cancellationToken) is var count and > 0)
            {
                try
                {
                    await terminal.Output.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                    await terminal.Output.FlushAsync(cancellationToken);
                }
                catch (IOException exception)
                {
                    throw new CliException($"stdout: {exception.Message}", ExitCode.Io, exception);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ExitCode Complain(Exception exception)
    {
        var (message, exitCode) = Failure.Explain(exception, way.Peer.ToString());
        terminal.Complain(message);
        return exitCode;
    }

    // Two full TLS records: a larger buffer makes nothing faster.
    private const int BufferSize = 32 * 1024;
}
