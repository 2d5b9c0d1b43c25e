using System.Net.Security;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Rules;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>A client's protocol object, with the two directions of closing kept apart and the peer's conduct watched.</summary>
/// <param name="role">What we want and judge.</param>
/// <param name="rules">What it does as its twin, <see cref="ServerEndpoint"/>.</param>
internal sealed class ClientEndpoint(ClientRole role, EndpointRules rules) : TlsClientProtocol, IEndpoint
{
    private bool _isHelloSent;
    private bool _hasTicket12;
    private bool _isCertificateJudged;

    TlsProtocol IEndpoint.Protocol => this;

    private bool IsTls13 => EndpointRules.IsTls13(Context);

    public bool IsNegotiated => Context?.ServerVersion is not null;

    public ByteQueue Output => m_outputBuffer.Buffer;

    public void Begin()
    {
        role.Resumption.Begin();
        Connect(role);
    }

    public void Resume() => rules.Resume(Process, HandleException);

    public void SendCloseNotify() => RaiseAlertWarning((short)OwnFaults.Close, "closing");

    public void SendKeyUpdate(bool isAnswerWanted) => Send13KeyUpdate(isAnswerWanted);

    public void Fail(TlsException fault) => HandleException((short)OwnFaults.AlertOf(fault), fault.Message, fault);

    public void Forget() => Secrets.Destroy(Context);

    protected override void HandleHandshakeMessage(short type, HandshakeMessageInput buf)
    {
        if (!rules.Holds(type, buf))
            Process(type, buf);
    }

    private void Process(short type, HandshakeMessageInput buf)
    {
        if (!rules.IsEstablished && type is HandshakeType.server_hello_done or HandshakeType.finished)
        {
            SettleBeforeAnswer();
            if (rules.Holds(type, buf, isFirst: true))
                return;
        }

        if (IsVerdictDue(type))
        {
            HandleServerCertificate();
            if (rules.Holds(type, buf, isFirst: true))
                return;
        }

        buf = rules.OnMessage(type, buf, Context);

        if (type == HandshakeType.server_key_exchange && !IsTls13)
            role.CheckGroup(ServerHelloRules.GroupOf12(buf, Context.SecurityParameters.CipherSuite));

        // RFC 5246 section 7.4.1.1: to be ignored during a handshake. So that it ends, they are counted.
        if (type == HandshakeType.hello_request && !rules.IsEstablished)
            rules.OnRenegotiationAttempt();
        if (type == HandshakeType.new_session_ticket && !IsTls13 && IsTicketRenewed())
        {
            _hasTicket12 = true;
            ReceiveNewSessionTicket(buf);
            return;
        }

        base.HandleHandshakeMessage(type, buf);
        rules.OnProcessed(Context, haveKeysChanged: m_connectionState >= CS_SERVER_HELLO);
    }

    /// <summary>
    /// TLS 1.2: whether a message follows the server's certificate, which BouncyCastle hands over only then, and in the middle of it: the
    /// verdict may take time, and what comes behind it must not be judged before.
    /// </summary>
    private bool IsVerdictDue(short type) => !_isCertificateJudged && !IsTls13
        && type is HandshakeType.server_key_exchange or HandshakeType.certificate_request or HandshakeType.server_hello_done
        && m_connectionState is CS_SERVER_CERTIFICATE or CS_SERVER_CERTIFICATE_STATUS;

    /// <summary>
    /// What a client presents, and whether it goes on with a session, is settled before the message is processed that it answers.
    /// </summary>
    private void SettleBeforeAnswer()
    {
        // A resumed session asks for no certificate, so there is one question at most.
        if (m_certificateRequest is { } request)
            role.ChooseCredential(request);
        else
            role.JudgeResumed();
    }

    protected override void HandleChangeCipherSpecMessage() => rules.OnChangeCipherSpec();

    protected override ServerHello ReceiveServerHelloMessage(MemoryStream buf)
    {
        var hello = base.ReceiveServerHelloMessage(buf);
        ServerHelloRules.Check(hello, m_clientHello, m_tlsSession is not null);
        role.CheckGroup(ServerHelloRules.GroupOf(hello));
        if (role.RequiresExtendedMasterSecret())
            ServerHelloRules.CheckMasterSecret(hello, m_clientHello);
        rules.OnServerHello(ServerHelloRules.IsTls13(hello));
        return hello;
    }

    protected override void Receive13EncryptedExtensions(MemoryStream buf)
    {
        ServerHelloRules.CheckEncryptedExtensions(buf, m_clientExtensions);
        base.Receive13EncryptedExtensions(buf);
        ServerHelloRules.CheckAnswers(m_serverExtensions, m_clientExtensions, isTls13: true);
    }

    /// <summary>Comes behind a Certificate, and on TLS 1.2 also where there was none.</summary>
    protected override void HandleServerCertificate()
    {
        if (_isCertificateJudged)
            return;

        _isCertificateJudged = true;

        // RFC 8446 section 4.4.2: what stands beside a certificate was asked for in our ClientHello.
        var security = Context.SecurityParameters;
        if (security.PeerCertificate is { } presented)
            CertificateRules.CheckCount(presented);
        if (IsTls13)
            CertificateRules.CheckExtensions(security.PeerCertificate, m_clientExtensions);

        // RFC 5246 section 7.4.2. BouncyCastle calls it an error of its own.
        else if (m_authentication is null && !SupportedSuites.IsPsk((TlsCipherSuite)security.CipherSuite))
            throw MessageFaults.MissingCertificate.ToException();
        base.HandleServerCertificate();
    }

    protected override void Receive13CertificateRequest(MemoryStream buf, bool postHandshakeAuth)
    {
        ServerHelloRules.CheckCertificateRequest(buf);
        base.Receive13CertificateRequest(buf, postHandshakeAuth);
    }

    protected override void Receive13KeyUpdate(MemoryStream buf)
    {
        rules.OnKeyUpdate(buf);
        base.Receive13KeyUpdate(buf);
    }

    protected override void Receive13NewSessionTicket(MemoryStream buf)
    {
        rules.OnSessionTicket(role.Resumption.IsEnabled);
        if (m_connectionState != CS_END)
            throw RecordFaults.OutOfTurn.ToException("a ticket before the handshake had finished");

        role.Resumption.OnTicket13(buf);
    }

    protected override void SendClientHelloMessage()
    {
        role.Resumption.WriteAge(m_clientHello.Extensions);
        if (_isHelloSent)
            m_clientHello = WithRoomForBinders(m_clientHello);
        _isHelloSent = true;
        base.SendClientHelloMessage();
        role.OnHelloSent();
    }

    /// <summary>
    /// RFC 8446 section 4.1.4: keys that do not fit the suite of a HelloRetryRequest are not offered again. BouncyCastle leaves them out,
    /// and would still write the length of all the first hello's binders.
    /// </summary>
    private ClientHello WithRoomForBinders(ClientHello hello)
    {
        var count = 0;
        if (hello.Extensions.TryGetValue(ExtensionType.pre_shared_key, out var offer))
        {
            // Identities, each with an age of four bytes behind it. The binders are written when all else is.
            for (var reader = new Cursor(new Cursor(offer).Vector16()); !reader.IsAtEnd; count++)
            {
                reader.Vector16();
                reader.Bytes(4);
            }
        }

        var size = count == 0 ? 0 : 2 + count * (1 + Context.SecurityParameters.PrfHashLength);
        return new ClientHello(hello.Version, hello.Random, hello.SessionID, hello.Cookie, hello.CipherSuites, hello.Extensions, size);
    }

    protected override void CompleteHandshake()
    {
        var security = Context.SecurityParameters;
        if (role.Resumption.IsEnabled && TlsUtilities.IsTlsV13(security.NegotiatedVersion))
            role.Resumption.OnMasterSecret13(ResumptionSecrets.MasterSecret(this, security, []), security.PrfCryptoHashAlgorithm);

        base.CompleteHandshake();
        HandshakeRemains.Drop(this, Context);
    }

    /// <summary>
    /// TLS 1.2: a server that resumes a session may give a new ticket for it, one, and announces it (RFC 5077 section 3.3); BouncyCastle
    /// expects none.
    /// </summary>
    private bool IsTicketRenewed() =>
        m_connectionState == CS_SERVER_HELLO && Context.SecurityParameters.IsResumedSession && role.Resumption.IsEnabled && !_hasTicket12
        && m_serverExtensions?.ContainsKey(ExtensionType.session_ticket) == true;

    protected override void Send13KeyUpdate(bool updateRequested)
    {
        base.Send13KeyUpdate(updateRequested);
        rules.OnKeyUpdateSent(updateRequested);
    }

    protected override void RefuseRenegotiation()
    {
        rules.OnRenegotiationAttempt();
        base.RefuseRenegotiation();
    }

    protected override void HandleAlertMessage(short alertLevel, short alertDescription)
    {
        if (rules.IsFatal(alertLevel, alertDescription, Context))
            base.HandleAlertMessage(AlertLevel.fatal, alertDescription);
    }

    protected override void RaiseAlertFatal(short alertDescription, string message, Exception cause)
    {
        // RFC 8446 section 5.1: all records but that of a first ClientHello say 0x0303. BouncyCastle goes on with that one's version until
        // another stands. There are no keys yet, so the record is plain.
        if (!_isHelloSent || IsNegotiated)
        {
            base.RaiseAlertFatal(alertDescription, message, cause);
            return;
        }

        role.NotifyAlertRaised(AlertLevel.fatal, alertDescription, message, cause);
        EndpointRules.WritePlainAlert(m_outputBuffer, alertDescription);
        rules.OnWritten(ContentType.alert, [(byte)AlertLevel.fatal, (byte)alertDescription], EndpointRules.PlainAlertSize);
    }

    protected override void RaiseAlertWarning(short alertDescription, string message)
    {
        if (rules.TakesWarning(alertDescription))
            base.RaiseAlertWarning(alertDescription, message);
    }

    protected override void WriteRecord(short type, ReadOnlySpan<byte> buffer)
    {
        var before = Output.Available;
        base.WriteRecord(type, buffer);
        rules.OnWritten(type, buffer, Output.Available - before);
    }

    protected override void HandleException(short alertDescription, string message, Exception e) =>
        base.HandleException((short)Faults.AlertFor(alertDescription, e), message, e);
}
