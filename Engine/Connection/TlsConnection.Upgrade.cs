using TlsFsm.Connection;

namespace TlsFsm;

// From another protocol to TLS, on a transport that runs.
public sealed partial class TlsConnection
{
    /// <summary>
    /// Upgrades a running connection to TLS (STARTTLS, or TLS in TLS over a <see cref="TlsTransport"/>): takes the transport over
    /// from its protocol and starts the handshake on the next turn of the loop.
    /// </summary>
    /// <remarks>
    /// Pauses carry over in both directions. Hand in all that the old protocol has received and not used, lines it has split off and not
    /// acted upon included: whoever sits in between may have put them there, and <paramref name="injection"/> says what becomes of them.
    /// Where they are refused, nothing of TLS is sent: on the next turn the transport is aborted, and <see cref="Handshake"/> fails.
    /// </remarks>
    /// <param name="transport">The running transport; its protocol is the connection from now on.</param>
    /// <param name="loop">The transport's loop.</param>
    /// <param name="application">Usually the protocol that ran on the transport before.</param>
    /// <param name="core">The TLS library, for this connection only.</param>
    /// <param name="options">
    /// With <see cref="TlsConnectionOptions.CallConnectionMade"/> false if the application is connected already.
    /// </param>
    /// <param name="alreadyReceived">What arrived before the switch and was not used, normally nothing. Copied.</param>
    /// <param name="injection">What becomes of <paramref name="alreadyReceived"/>. Default: it is refused.</param>
    /// <returns>The connection; its handshake begins on the next turn.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="injection"/> is none of the three.</exception>
    public static TlsConnection Upgrade(
        ISwitchableTransport transport,
        IEventLoop loop,
        IProtocol application,
        ITlsCore core,
        TlsConnectionOptions options,
        ReadOnlyMemory<byte> alreadyReceived = default,
        PlaintextInjection injection = PlaintextInjection.Refuse)
    {
        Connection.Upgrade.Check(transport, injection);
        var connection = new TlsConnection(loop, application, core, options);
        new Connection.Upgrade(connection, transport, alreadyReceived.ToArray(), injection).Start(!options.CallConnectionMade);
        return connection;
    }
}
