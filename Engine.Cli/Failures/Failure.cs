using System.Net.Sockets;

namespace TlsFsm.Cli.Failures;

/// <summary>Turns what was thrown into one line and an exit code.</summary>
internal static class Failure
{
    /// <param name="exception">What was thrown.</param>
    /// <param name="peer">Who it was about, for failures that do not say: <c>example.org:443</c>.</param>
    public static (string Message, ExitCode ExitCode) Explain(Exception exception, string? peer = null) => exception switch
    {
        CliException known => (known.Message, known.ExitCode),
        OperationCanceledException => ("cancelled", ExitCode.Cancelled),
        TlsException { Reason: CloseReason.TransportLost } lost => (Prefixed(peer, lost.Message), ExitCode.Io),
        TlsException tls => (Prefixed(peer, tls.Message + AlertText(tls)), ExitCode.Tls),
        _ when FindSocketError(exception) is { } socket => (Explain(socket, peer), ExitCode.Io),
        IOException io => (Prefixed(peer, io.Message), ExitCode.Io),
        TimeoutException timeout => (Prefixed(peer, timeout.Message), ExitCode.Io),
        _ => ($"internal error, please report it: {exception.GetType().Name}: {exception.Message}", ExitCode.Internal),
    };

    /// <summary>Why a connection that ended did not end well; null when it did.</summary>
    /// <param name="reason">How it ended.</param>
    /// <param name="failure">The error that ended it, if one did.</param>
    public static (string Message, ExitCode ExitCode)? Explain(CloseReason reason, Exception? failure) => reason switch
    {
        // "Unanswered": all that we wanted has arrived; many peers close the socket instead of answering a close_notify.
        CloseReason.Clean or CloseReason.Unanswered => null,
        _ when failure is not null => Explain(failure),
        CloseReason.TransportLost => ("the connection was lost", ExitCode.Io),
        CloseReason.LocalAbort => ("the connection was aborted on this side", ExitCode.Tls),
        _ => ($"the connection ended: {reason}", ExitCode.Tls),
    };

    /// <summary>A wrong argument's message without the parameter's name, which is of our code and not of the command line.</summary>
    public static string Explain(ArgumentException exception)
    {
        var end = exception.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }

    /// <summary>The alert that ended a connection and its direction, as a suffix; empty without one.</summary>
    private static string AlertText(TlsException exception) => exception switch
    {
        { Alert: null } => "",
        { Fault: TlsFault.PeerAlert } => $" [received alert {(int)exception.Alert} {exception.Alert}]",
        _ => $" [sent alert {(int)exception.Alert} {exception.Alert}]",
    };

    private static string Explain(SocketException exception, string? peer) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => Prefixed(peer, "connection refused"),
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => Prefixed(peer, "unknown host"),
        SocketError.TimedOut => Prefixed(peer, "no answer within the system's time for a connect"),
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => Prefixed(peer, "unreachable"),
        SocketError.AddressAlreadyInUse => Prefixed(peer, "the port is in use"),
        SocketError.AddressNotAvailable => Prefixed(peer, "not an address of this machine"),
        SocketError.AccessDenied => Prefixed(peer, "the system does not permit this port"),
        SocketError.ConnectionReset => Prefixed(peer, "the peer reset the connection"),
        _ => Prefixed(peer, exception.Message),
    };

    private static string Prefixed(string? peer, string message) => peer is null ? message : $"{peer}: {message}";

    private static SocketException? FindSocketError(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is SocketException socket)
                return socket;

        return null;
    }
}
