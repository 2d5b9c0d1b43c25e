using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using TlsFsm.BogoShim.Flags;
using TlsFsm.BogoShim.Setup;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>One connection to the runner: a whole engine, driven by hand from a blocking socket.</summary>
internal static class ShimConnection
{
    /// <summary>Goes through one connection.</summary>
    /// <exception cref="UnimplementedException">The flags ask for what is not there. Nothing was connected then.</exception>
    /// <exception cref="TlsException">The connection failed.</exception>
    /// <exception cref="MismatchException">It went otherwise than expected.</exception>
    public static void Run(ShimConfig config, Shared shared, bool isResume)
    {
        var loop = new ShimLoop();
        var notes = new Notes();
        var turn = new Turn(config, shared, notes, loop);
        var (options, core) = Create(turn, shared);
        shared.Present = turn;
        using var socket = Connect(config);
        var transport = new BlockingTransport(socket);
        var checks = new HandshakeChecks(config, notes, isResume);
        shared.Sessions.Added = 0;
        var messages = new MessageLines();
        var protocol = new EchoProtocol(config, notes, made => checks.Check(made.Session!, messages.HasRetry, shared));
        var connection = new TlsConnection(loop, protocol, core, options) { MessageObserver = messages.Add };

        Pump(connection, transport, loop, config.IsAsync);
        if (loop.Unhandled is ArgumentException { ParamName: "label" } refused)
            throw new UnimplementedException(refused.Message);
        if (loop.Unhandled is { } unhandled)
            throw unhandled;
        if (connection.Failure is { } failure)
            throw failure;
        if (!protocol.IsMade)
            throw new MismatchException($"The connection ended before the handshake had finished: {connection.CloseReason}.");
        if (config.CheckCloseNotify && connection.CloseReason != CloseReason.Clean)
            throw new MismatchException($":CLOSE_WITHOUT_CLOSE_NOTIFY: The peer did not say close_notify: {connection.CloseReason}.");

        checks.CheckEnd(connection.Session!, shared);
        if (config.Expect.Messages is { } expected && messages.Text != expected)
            throw new MismatchException($"The messages are '{messages.Text}', expected were '{expected}'.");
    }

    private static (TlsConnectionOptions Options, ITlsCore Core) Create(Turn turn, Shared shared)
    {
        try
        {
            if (turn.Config.IsServer)
            {
                var server = ServerSetup.Of(turn, shared);
                return (server, BouncyCastleCore.CreateServer(server));
            }

            var client = ClientSetup.Of(turn, shared);
            return (client, BouncyCastleCore.CreateClient(client));
        }
        catch (ArgumentException exception)
        {
            throw new UnimplementedException($"The engine does not take these options: {exception.Message}");
        }
    }

    private static Socket Connect(ShimConfig config)
    {
        var address = config.IsIpv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(new IPEndPoint(address, config.Port));

        // So the runner tells which test this is.
        var id = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(id, config.ShimId);
        socket.Send(id);
        return socket;
    }

    /// <summary>Carries bytes until the transport has ended and the engine knows.</summary>
    private static void Pump(TlsConnection connection, BlockingTransport transport, ShimLoop loop, bool isByteByByte)
    {
        var buffer = new byte[64 * 1024];
        var hasEnded = false;
        connection.ConnectionMade(transport);
        while (true)
        {
            loop.Run();
            if (transport.IsEnded)
                break;
            if (hasEnded || transport.IsReadingPaused || !transport.WaitForBytes(loop.Patience))
                continue;

            var count = transport.Receive(buffer);
            if (count == 0)
            {
                hasEnded = true;
                if (!connection.EofReceived())
                    transport.Close();
                continue;
            }

            // The runner means by async that each byte comes alone, and each answer late.
            var step = isByteByByte ? 1 : count;
            for (var at = 0; at < count && !transport.IsEnded; at += step)
            {
                connection.DataReceived(buffer.AsSpan(at, step));
                if (isByteByByte)
                    loop.Run();
            }
        }

        connection.ConnectionLost(transport.Reason);
        loop.Run();
    }
}
