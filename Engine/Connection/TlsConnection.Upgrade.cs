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
    /// acted upon included: whoever sits in between may have put them there before encryption began, and <paramref name="injection"/> says
    /// what becomes of them. With <see cref="PlaintextInjection.Refuse"/> and at least one byte, nothing of TLS is sent: on the next turn
    /// the transport is aborted, <see cref="Handshake"/> fails with a <see cref="TlsException"/> that says how many bytes there were, and
    /// an application that is connected already hears <see cref="IProtocol.ConnectionLost"/> with it.
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
        ArgumentNullException.ThrowIfNull(transport);
        if (!Enum.IsDefined(injection))
            throw new ArgumentOutOfRangeException(
                nameof(injection), injection, $"{injection} is no policy for bytes that arrived before an upgrade.");

        var connection = new TlsConnection(loop, application, core, options);
        if (!transport.IsReading)
            connection.Transport.PauseReading();
        if (transport.IsWritingPaused)
        {
            connection.PauseWriting();
            connection._outgoing.IsApplicationPaused = !options.CallConnectionMade;
        }

        // Nothing may arrive between the switch and the handshake, which begins on the next turn.
        transport.PauseReading();
        transport.Protocol = connection;
        var received = alreadyReceived.ToArray();
        loop.CallSoon(_ => connection.BeginUpgrade(transport, received, injection), null);
        return connection;
    }

    private void BeginUpgrade(ISwitchableTransport transport, byte[] received, PlaintextInjection injection)
    {
        if (injection == PlaintextInjection.Refuse && received.Length > 0)
        {
            RefuseUpgrade(transport, received.Length);
            return;
        }

        ConnectionMade(transport);
        transport.ResumeReading();
        if (injection == PlaintextInjection.TreatAsTls)
        {
            // Last: what they say may pause the transport again.
            DataReceived(received);
        }
        else if (received.Length > 0)
        {
            LogMessages.DroppedBeforeUpgrade(_log, received.Length);
        }
    }

    private void RefuseUpgrade(ISwitchableTransport transport, int count)
    {
        using var use = _singleUse.Enter();
        if (Connect(transport))
            _ending.Fail(_ending.Explain(
                $"{count} bytes had arrived in the clear before the upgrade to TLS: they may have been injected, so the connection is "
                + "aborted.",
                CloseReason.PlaintextInjection, TlsFault.PeerMisbehaved));

        transport.ResumeReading();
    }
}
