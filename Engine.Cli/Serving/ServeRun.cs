using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Protocols;
using TlsFsm.Cli.Rendering;

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

    private readonly TaskCompletionSource<ExitCode> _firstEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<TlsConnection, int> _numbers = new();
    private int _count;

    /// <summary>
    /// Serves until it is cancelled, or with <c>--once</c> until one connection has ended; then closes what is open, in order.
    /// </summary>
    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        await using var listeners = await Listeners.StartAsync(address, port, Start);
        await terminal.Out.WriteLineAsync($"listening on {listeners.EndPoints}");
        await terminal.Out.FlushAsync(CancellationToken.None);

        using var stopWatching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = Staple?.WatchAsync(TimeProvider.System, stopWatching.Token) ?? Task.CompletedTask;
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
        using var patience = new CancellationTokenSource(StopPatience);
        await listeners.StopAsync(patience.Token);
        return result;
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
        _numbers[connection] = number;
        if (IsTraced)
            new TransitionTrace(terminal.Error, $"#{number} ").Attach(connection);
        if (ShowsMessages || ShowsMessageBytes)
            connection.MessageObserver = new MessageTrace(terminal.Error, ShowsMessageBytes, $"#{number} ").Print;
        if (IsBrief)
            new Briefing(terminal.Error, $"#{number} ").Attach(connection);
    }

    /// <summary>One line for each connection: who, how it ended, and why if not well.</summary>
    private void OnEnded(TlsConnection connection, Exception? failure)
    {
        _numbers.TryRemove(connection, out var number);
        var peer = connection.Transport.GetExtraInfo(ExtraInfo.PeerName)?.ToString() ?? "unknown peer";
        var problem = Failure.Explain(connection.CloseReason, failure);
        var end = mode == ServeMode.Www && connection.CloseReason == CloseReason.Unanswered
            ? "page served; the client closed the socket in place of a close_notify, as browsers do" : $"{connection.CloseReason}";
        var line = $"#{number} {peer}: {end}";
        if (connection.Transport.Protocol is SinkProtocol sink)
            line += string.Create(CultureInfo.InvariantCulture, $", {sink.Received} bytes received");
        if (problem is { } known)
            line += $", {known.Message}";
        terminal.Say(line);

        if (IsOnce)
            _firstEnded.TrySetResult(problem?.ExitCode ?? ExitCode.Ok);
    }

    // As common web servers: long enough for a person who types the request.
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(60);

    // More than the connections' own shutdown deadline.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
}
