using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>A client's protocol object, with the two directions of closing kept apart and the peer's conduct watched.</summary>
/// <remarks>Its twin is <see cref="ServerEndpoint"/>: BouncyCastle has no base class between the two that could hold the overrides.</remarks>
internal sealed class ClientEndpoint(ClientPeer peer, PeerConduct conduct) : TlsClientProtocol, IEndpoint
{
    TlsProtocol IEndpoint.Protocol => this;

    /// <summary>False until the version is negotiated.</summary>
    private bool IsTls13 => Context.ServerVersion is { } version && TlsUtilities.IsTlsV13(version);

    public bool IsNegotiated => Context?.ServerVersion is not null;

    public ByteQueue Output => m_outputBuffer.Buffer;

    public void Begin() => Connect(peer);

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

    protected override void Receive13NewSessionTicket(MemoryStream buf)
    {
        conduct.OnPostHandshakeMessage();
        base.Receive13NewSessionTicket(buf);
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

    protected override void HandleException(short alertDescription, string message, Exception e) =>
        base.HandleException((short)Faults.AlertFor(alertDescription, e), message, e);
}
