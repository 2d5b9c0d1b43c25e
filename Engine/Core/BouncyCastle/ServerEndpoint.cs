using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>A server's protocol object, with the two directions of closing kept apart and the peer's conduct watched.</summary>
/// <remarks>Its twin is <see cref="ClientEndpoint"/>: BouncyCastle has no base class between the two that could hold the overrides.</remarks>
internal sealed class ServerEndpoint(ServerPeer peer, PeerConduct conduct) : TlsServerProtocol, IEndpoint
{
    TlsProtocol IEndpoint.Protocol => this;

    /// <summary>False until the version is negotiated.</summary>
    private bool IsTls13 => Context.ServerVersion is { } version && TlsUtilities.IsTlsV13(version);

    public bool IsNegotiated => Context?.ServerVersion is not null;

    public ByteQueue Output => m_outputBuffer.Buffer;

    public void Begin() => Accept(peer);

    public void SendCloseNotify() => RaiseAlertWarning(AlertDescription.close_notify, "closing");

    public void SendKeyUpdate() => Send13KeyUpdate(updateRequested: false);

    public void Fail(TlsException fault) => HandleException((short)(fault.Alert ?? TlsAlert.InternalError), fault.Message, fault);

    public void Forget() => Secrets.Destroy(Context);

    protected override void HandleHandshakeMessage(short type, HandshakeMessageInput buf)
    {
        conduct.OnMessage(buf.Length);
        base.HandleHandshakeMessage(type, buf);
        if (IsTls13)
            conduct.CheckKeyChange(type);
    }

    protected override void Receive13KeyUpdate(MemoryStream buf)
    {
        conduct.OnKeyUpdate(buf);
        base.Receive13KeyUpdate(buf);
    }

    protected override void RefuseRenegotiation()
    {
        conduct.OnPostHandshakeMessage();
        base.RefuseRenegotiation();
    }

    protected override void HandleAlertMessage(short alertLevel, short alertDescription)
    {
        if (conduct.IsFatal(alertLevel, alertDescription, IsTls13))
            base.HandleAlertMessage(AlertLevel.fatal, alertDescription);
    }

    protected override void RaiseAlertWarning(short alertDescription, string message)
    {
        // RFC 8446 section 6.1: after close_notify the sender sends nothing more, no second close_notify either.
        if (conduct.IsCloseNotifySent)
            return;

        conduct.IsCloseNotifySent = alertDescription == AlertDescription.close_notify;
        base.RaiseAlertWarning(alertDescription, message);
    }

    protected override void RaiseAlertFatal(short alertDescription, string message, Exception cause)
    {
        base.RaiseAlertFatal(alertDescription, message, cause);

        // BouncyCastle sends nothing before it has understood a ClientHello, not even why it gives up. There are no keys yet, so the
        // record is plain.
        if (m_connectionState <= CS_CLIENT_HELLO && Output.Available == 0)
            m_outputBuffer.Write([RecordHeader.Alert, 3, 3, 0, 2, (byte)AlertLevel.fatal, (byte)alertDescription]);
    }

    protected override void HandleException(short alertDescription, string message, Exception e) =>
        base.HandleException((short)Faults.AlertFor(alertDescription, e), message, e);
}
