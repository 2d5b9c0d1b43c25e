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

    public void Begin()
    {
        peer.Resumption.Begin();
        Connect(peer);
    }

    public void SendCloseNotify() => RaiseAlertWarning(AlertDescription.close_notify, "closing");

    public void SendKeyUpdate(bool isAnswerWanted) => Send13KeyUpdate(isAnswerWanted);

    public void Fail(TlsException fault) => HandleException((short)(fault.Alert ?? TlsAlert.InternalError), fault.Message, fault);

    public void Forget() => Secrets.Destroy(Context);

    protected override void HandleHandshakeMessage(short type, HandshakeMessageInput buf)
    {
        conduct.OnMessage(buf.Length);
        if (type == HandshakeType.new_session_ticket && !IsTls13 && IsTicketRenewed())
        {
            ReceiveNewSessionTicket(buf);
            return;
        }

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
        conduct.OnSessionTicket();
        if (m_connectionState != CS_END)
            throw new TlsFatalAlert(AlertDescription.unexpected_message, "a ticket came before the handshake had finished");

        peer.Resumption.OnTicket13(buf);
    }

    protected override void SendClientHelloMessage()
    {
        peer.Resumption.WriteAge(m_clientHello.Extensions);
        base.SendClientHelloMessage();
    }

    protected override void CompleteHandshake()
    {
        var security = Context.SecurityParameters;
        if (peer.Resumption.IsEnabled && TlsUtilities.IsTlsV13(security.NegotiatedVersion))
            peer.Resumption.OnMasterSecret13(ResumptionSecrets.MasterSecret(this, security, []), security.PrfCryptoHashAlgorithm);

        base.CompleteHandshake();
    }

    /// <summary>TLS 1.2: a server that resumes a session may give a new ticket for it (RFC 5077 section 3.3); BouncyCastle expects none.</summary>
    private bool IsTicketRenewed() =>
        m_connectionState == CS_SERVER_HELLO && Context.SecurityParameters.IsResumedSession && peer.Resumption.IsEnabled;

    protected override void Send13KeyUpdate(bool updateRequested)
    {
        base.Send13KeyUpdate(updateRequested);
        conduct.OnKeyUpdateSent();
    }

    protected override void RefuseRenegotiation()
    {
        conduct.OnRenegotiationAttempt();
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
