namespace TlsFsm.Connection;

/// <summary>From another protocol to TLS, on a transport that runs: the switch, and the turn behind it.</summary>
internal sealed class Upgrade(TlsConnection connection, ISwitchableTransport transport, byte[] received, PlaintextInjection injection)
{
    public static void Check(ISwitchableTransport transport, PlaintextInjection injection)
    {
        ArgumentNullException.ThrowIfNull(transport);
        if (!Enum.IsDefined(injection))
            throw new ArgumentOutOfRangeException(
                nameof(injection), injection, $"{injection} is no policy for bytes that arrived before an upgrade.");
    }

    /// <summary>Takes the transport over in this very call; the handshake begins on the next turn.</summary>
    public void Start(bool isApplicationConnected)
    {
        var parts = connection.Parts;
        if (!transport.IsReading)
            parts.Incoming.Pause();
        if (transport.IsWritingPaused)
        {
            parts.Down.IsPaused = true;
            parts.Outgoing.IsApplicationPaused = isApplicationConnected;
        }

        // Nothing may arrive between the switch and the handshake, which begins on the next turn.
        transport.PauseReading();
        transport.Protocol = connection;
        connection.Loop.CallSoon(static self => ((Upgrade)self!).Begin(), this);
    }

    private void Begin()
    {
        if (injection == PlaintextInjection.Refuse && received.Length > 0)
        {
            Refuse();
            return;
        }

        connection.ConnectionMade(transport);
        transport.ResumeReading();
        if (injection == PlaintextInjection.TreatAsTls)
        {
            // Last: what they say may pause the transport again.
            connection.DataReceived(received);
        }
        else if (received.Length > 0)
        {
            connection.Parts.DropBeforeUpgrade(received.Length);
        }
    }

    private void Refuse()
    {
        var parts = connection.Parts;
        using var use = parts.SingleUse.Enter();
        if (parts.Connect(transport))
            parts.Ending.Fail(parts.Ending.Explain(
                $"{received.Length} bytes had arrived in the clear before the upgrade to TLS: they may have been injected, so the connection "
                + "is aborted.",
                CloseReason.PlaintextInjection, TlsFault.PeerMisbehaved));

        transport.ResumeReading();
    }
}
