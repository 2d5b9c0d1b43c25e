using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Rules;
using TlsFsm.Core.Options;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>A server's protocol object, with the two directions of closing kept apart and the peer's conduct watched.</summary>
/// <param name="role">What we want and judge.</param>
/// <param name="rules">What it does as its twin, <see cref="ClientEndpoint"/>.</param>
/// <param name="earlyData">Told whether some is to be expected.</param>
/// <param name="selection">The choice of options by ClientHello; null where there is none.</param>
internal sealed class ServerEndpoint(ServerRole role, EndpointRules rules, EarlyData earlyData, ServerSelection? selection)
    : TlsServerProtocol, IEndpoint
{
    private bool _isHelloTold;
    private byte[] _clientFinished = [];
    private ClientHello? _firstHello;

    TlsProtocol IEndpoint.Protocol => this;

    private bool IsTls13 => EndpointRules.IsTls13(Context);

    public bool IsNegotiated => Context?.ServerVersion is not null;

    public ByteQueue Output => m_outputBuffer.Buffer;

    public void Begin() => Accept(role);

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
        if (!_isHelloTold)
            buf = rules.OnMessage(type, buf, Context);
        if (type == HandshakeType.client_hello && selection is { IsAsked: false } && !_isHelloTold && !rules.IsEstablished)
        {
            ClientHelloRules.CheckForm(buf);
            selection.Ask(buf.ToArray());
            if (rules.Holds(type, buf, isFirst: true))
            {
                _isHelloTold = true;
                return;
            }
        }

        _isHelloTold = false;

        // RFC 8446 section 4.4.3. BouncyCastle calls one behind an empty Certificate an error of its own.
        if (type == HandshakeType.certificate_verify && !ExpectCertificateVerifyMessage())
            throw MessageFaults.UnaskedVerify.ToException();

        base.HandleHandshakeMessage(type, buf);
        rules.OnProcessed(Context, haveKeysChanged: m_connectionState >= CS_SERVER_HELLO);
    }

    protected override void HandleChangeCipherSpecMessage() => rules.OnChangeCipherSpec();

    protected override ClientHello ReceiveClientHelloMessage(MemoryStream buf)
    {
        var compression = ClientHelloRules.CheckForm(buf);
        var hello = base.ReceiveClientHelloMessage(WithKnownVersion(buf));

        // What could not be read was not asked about, and is refused by now. Nothing gets past the choice.
        if (selection is { IsAsked: false })
            throw OwnFaults.Internal("A ClientHello was taken that could not be read for the choice of options.");

        if (_firstHello is not null)
            ClientHelloRules.CheckSecond(hello, _firstHello, role.AcceptedPsk);
        ClientHelloRules.Check(hello, compression, role.IsTls13Enabled);

        // A second hello announces none, and none comes behind it.
        earlyData.OnClientHello(_firstHello is null && hello.Extensions?.ContainsKey(ExtensionType.early_data) == true);
        _firstHello = hello;

        role.OfferedExtensions = hello.Extensions;
        ForgetTicketAges(hello.Extensions);
        return hello;
    }

    /// <summary>
    /// RFC 5077 section 3.4: a client that has sent a ticket and no session id hears none. Some tell a resumption by that, and what
    /// follows is that anyway.
    /// </summary>
    protected override ServerHello GenerateServerHello(ClientHello clientHello, HandshakeMessageInput clientHelloMessage)
    {
        var hello = base.GenerateServerHello(clientHello, clientHelloMessage);
        return IsTls13 || clientHello.SessionID.Length > 0 || !Context.SecurityParameters.IsResumedSession
            ? hello : new ServerHello(hello.Version, hello.Random, TlsUtilities.EmptyBytes, hello.CipherSuite, hello.Extensions);
    }

    /// <summary>
    /// Without a cookie: we keep what we have to know until the second hello, and there are clients that cannot give one back (RFC 8446
    /// section 4.2.2 leaves it to us).
    /// </summary>
    protected override ServerHello Generate13HelloRetryRequest(ClientHello clientHello)
    {
        m_retryCookie = null;
        return base.Generate13HelloRetryRequest(clientHello);
    }

    protected override ServerHello Generate13ServerHello(
        ClientHello clientHello, HandshakeMessageInput clientHelloMessage, bool afterHelloRetryRequest)
    {
        try
        {
            return base.Generate13ServerHello(clientHello, clientHelloMessage, afterHelloRetryRequest);
        }
        catch (TlsFatalAlert alert) when (MissingSchemes.Alert == (TlsAlert)alert.AlertDescription && alert.InnerException is null)
        {
            // RFC 8446 section 4.2.3. The only one whose lack BouncyCastle finds, and it does not say which.
            throw MissingSchemes.ToException();
        }
    }

    private static PeerFault MissingSchemes => HelloFaults.MissingSignatureAlgorithms;

    /// <summary>
    /// RFC 8446 section 4.4.2: what a client adds to its Certificate answers our CertificateRequest, which asks for nothing but the
    /// certificate.
    /// </summary>
    protected override void NotifyClientCertificate(Certificate clientCertificate)
    {
        CertificateRules.CheckCount(clientCertificate);
        if (IsTls13)
        {
            CertificateRules.CheckContext(clientCertificate);
            CertificateRules.CheckExtensions(clientCertificate, asked: null);
        }

        base.NotifyClientCertificate(clientCertificate);
    }

    /// <summary>
    /// The message with a legacy version that BouncyCastle knows. RFC 8446 section 4.2.1: where there are supported_versions, the legacy
    /// version means nothing; RFC 5246 appendix E.1: where there are none, a client of a later version is answered with ours.
    /// </summary>
    private static MemoryStream WithKnownVersion(MemoryStream message)
    {
        var start = message.Position;
        var isLater = message.ReadByte() is var major && message.ReadByte() is var minor && (major > 3 || (major == 3 && minor > 3));
        message.Position = start;
        if (!isLater)
            return message;

        var body = new byte[message.Length - start];
        message.ReadExactly(body);
        (body[0], body[1]) = (3, 3);
        return new MemoryStream(body);
    }

    protected override void Receive13ClientFinished(MemoryStream buf)
    {
        base.Receive13ClientFinished(buf);
        _clientFinished = buf.ToArray();
    }

    protected override void CompleteHandshake()
    {
        var security = Context.SecurityParameters;
        var isIssuing = role.Resumption.IsEnabled && TlsUtilities.IsTlsV13(security.NegotiatedVersion) && IsTicketUsable();
        var hash = security.PrfCryptoHashAlgorithm;
        var master = isIssuing ? ResumptionSecrets.MasterSecret(this, security, _clientFinished) : [];
        base.CompleteHandshake();
        role.OfferedExtensions = null;
        _firstHello = null;
        _clientFinished = [];
        role.AcceptedPsk = null;
        HandshakeRemains.Drop(this, Context);
        HandshakeRemains.Drop(role);
        if (!isIssuing)
            return;

        foreach (var message in role.Resumption.Tickets13(master, hash, role.Session!, role.Presented!.Identity))
        {
            // A ticket with a client's chain in it may be longer than a record.
            for (var rest = message.AsSpan(); !rest.IsEmpty; rest = rest[Math.Min(rest.Length, ApplicationDataLimit)..])
                SafeWriteRecord(ContentType.handshake, rest[..Math.Min(rest.Length, ApplicationDataLimit)]);
        }

        CryptographicOperations.ZeroMemory(master);
    }

    /// <summary>RFC 8446 section 4.2.9: a ticket is for the key exchange modes of this client, and ours is one of them or none.</summary>
    private bool IsTicketUsable() =>
        role.OfferedExtensions is { } offered
        && TlsExtensionsUtilities.GetPskKeyExchangeModesExtension(offered) is { } modes
        && Array.IndexOf(modes, PskKeyExchangeMode.psk_dhe_ke) >= 0;

    /// <summary>
    /// BouncyCastle looks a ticket up by its age too, and only finds age 0. The age matters for early data alone, which there is none of.
    /// </summary>
    private static void ForgetTicketAges(IDictionary<int, byte[]>? extensions)
    {
        if (extensions is null || !extensions.TryGetValue(ExtensionType.pre_shared_key, out var offer) || offer.Length < 2)
            return;

        // Identities, each with an age of four bytes behind it. What is malformed, BouncyCastle refuses by itself.
        var end = Math.Min(2 + BinaryPrimitives.ReadUInt16BigEndian(offer), offer.Length);
        for (var at = 2; at + 2 <= end;)
        {
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(offer.AsSpan(at));
            if (at + 4 > end)
                break;

            offer.AsSpan(at, 4).Clear();
            at += 4;
        }
    }

    protected override void Receive13KeyUpdate(MemoryStream buf)
    {
        rules.OnKeyUpdate(buf);
        base.Receive13KeyUpdate(buf);
    }

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

    protected override void RaiseAlertWarning(short alertDescription, string message)
    {
        if (rules.TakesWarning(alertDescription))
            base.RaiseAlertWarning(alertDescription, message);
    }

    protected override void RaiseAlertFatal(short alertDescription, string message, Exception cause)
    {
        base.RaiseAlertFatal(alertDescription, message, cause);

        // BouncyCastle sends nothing before it has understood a ClientHello, not even why it gives up. There are no keys yet, so the
        // record is plain.
        if (m_connectionState > CS_CLIENT_HELLO || Output.Available > 0)
            return;

        EndpointRules.WritePlainAlert(m_outputBuffer, alertDescription);
        rules.OnWritten(ContentType.alert, [(byte)AlertLevel.fatal, (byte)alertDescription], EndpointRules.PlainAlertSize);
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
