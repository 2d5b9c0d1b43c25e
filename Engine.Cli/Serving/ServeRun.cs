using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Metrics;
using TlsFsm.Cli.Protocols;
using TlsFsm.Cli.Rendering;
using TlsFsm.Cli.Reporting;

namespace TlsFsm.Cli.Serving;

/// <summary>One run of <c>serve</c>.</summary>
/// <param name="terminal">What it prints to.</param>
/// <param name="address">Null: both loopback addresses.</param>
/// <param name="port">0: a free one.</param>
/// <param name="options">Of each connection.</param>
/// <param name="mode">What each client gets.</param>
internal sealed class ServeRun(
    Terminal terminal, IPAddress? address, int port, TlsServerOptions options, ServeMode mode)
{
    /// <summary>Serves one connection only.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Prints every step of each connection.</summary>
    public bool IsTraced { get; init; }

    /// <summary>Prints what each handshake has settled.</summary>
    public bool IsBrief { get; init; }

    /// <summary>Prints every message of each connection.</summary>
    public bool ShowsMessages { get; init; }

    /// <summary>Prints every message of each connection with its bytes.</summary>
    public bool ShowsMessageBytes { get; init; }

    /// <summary>The file whose response is stapled; null without one.</summary>
    public StapleFile? Staple { get; init; }

    /// <summary>The files that the options were read from.</summary>
    public WatchedFiles Files { get; init; } = new([]);

    /// <summary>Reads the options again; null where they cannot be.</summary>
    public Func<TlsServerOptions>? Reload { get; init; }

    /// <summary>What is measured of the connections; null for nothing.</summary>
    public MeterTotals? Totals { get; init; }

    /// <summary>Where that is shown; null for nowhere.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>The file for a page about the connections; null for none.</summary>
    public string? Report { get; init; }

    /// <summary>Whether the line on each connection is a JSON object.</summary>
    public bool LogsJson { get; init; }

    private readonly ListenerReport _report = new($"Connections to port {port}");
    private readonly TaskCompletionSource<ExitCode> _firstEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<TlsConnection, int> _numbers = new();
    private int _count;

    /// <summary>
    /// Serves until it is cancelled, or with <c>--once</c> until one connection has ended; then closes what is open, in order.
    /// </summary>
    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        await using var listeners = await Listeners.StartAsync(address, port, Start);

        // Before anybody can know that we listen: from then on a SIGHUP must not be the end of us.
        using var hangUp = Reload is null || !terminal.HandlesHangUp ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            TakeNewOptions(listeners);
        });
        await terminal.Out.WriteLineAsync($"listening on {listeners.EndPoints}");
        await using var metrics = MetricsPort is { } metricsPort ? new MetricsServer(metricsPort, Pages()) : null;
        if (metrics is not null)
            await terminal.Out.WriteLineAsync($"metrics on http://{metrics.EndPoint}/metrics");
        await terminal.Out.FlushAsync(CancellationToken.None);

        using var stopWatching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = Staple?.WatchAsync(TimeProvider.System, stopWatching.Token) ?? Task.CompletedTask;
        var reloading = Reload is null ? Task.CompletedTask : WatchFilesAsync(listeners, stopWatching.Token);
        var result = ExitCode.Ok;
        try
        {
            result = await _firstEnded.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Stopped by the user, which is how a server ends well.
        }

        await stopWatching.CancelAsync();
        await watching;
        await reloading;
        using var patience = new CancellationTokenSource(StopPatience);
        await listeners.StopAsync(patience.Token);
        SaveReport(refresh: null);
        return result;
    }

    private Dictionary<string, (string Type, Func<string> Write)> Pages() => new()
    {
        ["/metrics"] = ("text/plain; version=0.0.4", Totals!.Write),
        ["/"] = ("text/html", () => _report.Write(RefreshSeconds)),
    };

    private async Task WatchFilesAsync(Listeners listeners, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (Files.HaveChanged())
                    TakeNewOptions(listeners);
            }
        }
        catch (OperationCanceledException)
        {
            // The server has stopped.
        }
    }

    /// <summary>For connections from now on; what cannot be used changes nothing.</summary>
    private void TakeNewOptions(Listeners listeners)
    {
        try
        {
            listeners.UseOptions(Reload!());
            terminal.Say("certificates and keys were read again");
        }
        catch (Exception exception) when (exception is CliException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            var (message, _) = exception is ArgumentException wrong
                ? (Failure.Explain(wrong), ExitCode.Usage) : Failure.Explain(exception);
            terminal.Complain($"certificates and keys were read again and cannot be used, the old ones stay: {message}");
        }
    }

    private void SaveReport(int? refresh)
    {
        if (Report is { } file)
            ReportPage.Save(file, _report.Write(refresh));
    }

    private TlsListener Start(IPEndPoint endPoint)
    {
        var listenerOptions = new TlsListenerOptions
        {
            MaxConnections = IsOnce ? 1 : TlsListenerOptions.Default.MaxConnections,
            ConnectionStarted = OnStarted,
            ConnectionEnded = OnEnded,
            UnhandledException = (exception, message) => terminal.Complain($"{message} {Failure.Explain(exception).Message}"),
        };
        try
        {
            return TlsListener.Start(endPoint, options, CreateProtocol, listenerOptions);
        }
        catch (SocketException exception)
        {
            throw new CliException(Failure.Explain(exception, endPoint.ToString()).Message, ExitCode.Io, exception);
        }
        catch (ArgumentException exception)
        {
            // What the parser cannot know: suites that need a key which is not there, names that are too long together.
            throw new CliException(Failure.Explain(exception), ExitCode.Usage, exception);
        }
    }

    private IProtocol CreateProtocol() => mode switch
    {
        ServeMode.Www => new WwwProtocol(HeadTimeout),
        ServeMode.Sink => new SinkProtocol(),
        _ => new EchoProtocol(),
    };

    private void OnStarted(TlsConnection connection)
    {
        var number = Interlocked.Increment(ref _count);
        if (IsOnce && number > 1)
        {
            // Accepted by the other listener, or by this one before it had stopped.
            connection.Transport.Abort();
            return;
        }

        _numbers[connection] = number;
        if (IsTraced)
            new TransitionTrace(terminal.Error, $"#{number} ").Attach(connection);
        if (ShowsMessages || ShowsMessageBytes)
            connection.MessageObserver = new MessageTrace(terminal.Error, ShowsMessageBytes, $"#{number} ").Print;
        if (IsBrief)
            new Briefing(terminal.Error, $"#{number} ").Attach(connection);
        if (Report is not null || MetricsPort is not null)
            _report.Begin(connection, $"connection {number} of {PeerOf(connection)}");
    }

    private static string PeerOf(TlsConnection connection) =>
        connection.Transport.GetExtraInfo(ExtraInfo.PeerName)?.ToString() ?? "unknown peer";

    /// <summary>One line for each connection: who, how it ended, and why if not well.</summary>
    private void OnEnded(TlsConnection connection, Exception? failure)
    {
        if (!_numbers.TryRemove(connection, out var number))
            return;

        var peer = PeerOf(connection);
        var problem = Failure.Explain(connection.CloseReason, failure);
        var end = mode == ServeMode.Www && connection.CloseReason == CloseReason.Unanswered
            ? "page served; the client closed the socket in place of a close_notify, as browsers do" : $"{connection.CloseReason}";
        var line = $"#{number} {peer}: {end}";
        if (connection.Transport.Protocol is SinkProtocol sink)
            line += string.Create(CultureInfo.InvariantCulture, $", {sink.Received} bytes received");
        if (problem is { } known)
            line += $", {known.Message}";
        if (LogsJson)
            terminal.Error.WriteLine(ServeLine.Json(number, peer, connection, problem?.Message));
        else
            terminal.Say(line);
        _report.End(connection);
        SaveReport(RefreshSeconds);

        if (IsOnce)
            _firstEnded.TrySetResult(problem?.ExitCode ?? ExitCode.Ok);
    }

    private const int RefreshSeconds = 2;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // As common web servers: long enough for a person who types the request.
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(60);

    // More than the connections' own shutdown deadline.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
}
