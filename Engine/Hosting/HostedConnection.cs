using System.Net.Sockets;
using TlsFsm.Abstractions;
using TlsFsm.Connection;
using TlsFsm.Core;

namespace TlsFsm.Hosting;

/// <summary>A connection and its loop, before and while there is a socket under it.</summary>
internal sealed class HostedConnection
{
    private readonly SocketTransportOptions? _transportOptions;

    /// <remarks>Owns the core from here on, also when it throws.</remarks>
    public HostedConnection(
        SerialEventLoop loop, IProtocol application, ITlsCore core, TlsConnectionOptions options, SocketTransportOptions? transportOptions)
    {
        Loop = loop;
        _transportOptions = transportOptions;
        try
        {
            // Marks that contradict each other are an argument error before there is a socket to lose.
            transportOptions?.ResolveWriteMarks();
            Connection = new TlsConnection(loop, application, core, options);
        }
        catch
        {
            core.Dispose();
            throw;
        }
    }

    public SerialEventLoop Loop { get; }

    public TlsConnection Connection { get; }

    /// <summary>The transport below; null before <see cref="Start"/>.</summary>
    public SocketTransport? Socket { get; private set; }

    /// <summary>There will be no socket.</summary>
    public void Discard() => Loop.CallSoon(static self => ((HostedConnection)self!).Connection.Transport.Abort(), this);

    /// <summary>Takes the socket; the handshake starts on the loop.</summary>
    public void Start(Socket socket, ISocketHost? host) => Socket = SocketTransport.Start(socket, Connection, Loop, _transportOptions, host);

    /// <summary>Ends it in order: what was written, close_notify, the peer's answer.</summary>
    public void Close() => Loop.CallSoon(static self => ((HostedConnection)self!).Connection.Transport.Close(), this);

    /// <summary>Ends it at once, and the socket with it.</summary>
    public void Abort() => Loop.CallSoon(
        static state =>
        {
            var self = (HostedConnection)state!;
            self.Connection.Transport.Abort();
            self.Socket?.Abort();
        },
        this);

    /// <summary>Takes the socket and comes back after the handshake.</summary>
    public async Task<TlsConnection> HandshakeAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            Start(socket, host: null);
        }
        catch
        {
            Discard();
            throw;
        }

        var registration = cancellationToken.UnsafeRegister(static self => ((HostedConnection)self!).Abort(), this);
        try
        {
            await Connection.Handshake;
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The handshake was cancelled; the connection is closed.", exception, cancellationToken);
        }
        finally
        {
            await registration.DisposeAsync();
        }

        // Cancelled while it finished: the abort is under way already, so there is no connection to give.
        if (cancellationToken.IsCancellationRequested)
            throw new OperationCanceledException("The handshake was cancelled; the connection is closed.", cancellationToken);

        return Connection;
    }
}
